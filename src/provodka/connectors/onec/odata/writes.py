"""Writing to 1C so that a document is made once and stored as it was sent.

1C has no idempotency key. A create carries a marker in one of the document's
own texts (usually `Комментарий`), and before a create is repeated the marker is
looked for. There is no physical delete here: `mark_deleted` sets the mark.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from provodka.connectors.onec.odata.compare import differences
from provodka.connectors.onec.odata.errors import Call, ChangedMeanwhile, NotFound, unreadable
from provodka.connectors.onec.odata.filters import Field, Filter
from provodka.connectors.onec.odata.literals import as_ref, wire_body
from provodka.connectors.onec.odata.pages import rows_of
from provodka.connectors.onec.odata.query import JSON, Query, entity_path
from provodka.connectors.onec.odata.tabular import carried_over
from provodka.connectors.onec.odata.transport import Transport
from provodka.connectors.onec.odata.verifying import StoredDifferently, Written, said_of
from provodka.foundation.errors import (
    AccessDenied,
    AmbiguousMatch,
    ConfigurationError,
    Misunderstood,
    RetriableError,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = ["StoredDifferently", "Writer", "Written"]


class Writer:
    """The changes that can be made in one base."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._zone = transport.settings.timezone

    def create(
        self,
        set_name: str,
        body: Mapping[str, Any],
        *,
        marker_field: str,
        marker: str,
        lookup_filter: Filter | None = None,
        may_exist: bool = True,
    ) -> Written:
        """Create once. `marker` must stand in `body[marker_field]`, best at its start.

        A base that cuts long texts would cut a marker at the end, and then only
        the reference in `StoredDifferently.written` leads to the document.

        Looks first, unless `may_exist` is False (nobody has tried before).
        After a lost answer looks again; what is not there yet may still be
        under way, so `UnknownOutcome` is passed on and the caller comes back
        later. `lookup_filter` narrows the search (a date range spares the base
        a scan). Raises `StoredDifferently`, `Refused`, `AmbiguousMatch`.
        """
        if marker not in str(body.get(marker_field, "")):
            raise _unmarked(self._transport.where(set_name), marker_field)
        sent = wire_body(body, self._zone, set_name)
        if may_exist:
            earlier = self.find_by_marker(set_name, marker_field, marker, lookup_filter)
            if earlier is not None:
                return self._verified(set_name, sent, earlier)
        try:
            row = self._transport.write("POST", set_name, JSON, sent)
            written = self._written(set_name, row)
        except UnknownOutcome as lost:
            try:
                made = self.find_by_marker(set_name, marker_field, marker, lookup_filter)
            except (RetriableError, AccessDenied, ConfigurationError):
                raise lost from None
            if made is None:
                raise
            written = made
        return self._verified(set_name, sent, written)

    def find_by_marker(
        self, set_name: str, field: str, marker: str, narrow: Filter | None = None
    ) -> Written | None:
        """The object that carries the marker, whole; None if there is none.

        `eq` does not work on strings of unlimited length, so it is searched by
        substring. Two objects are an `AmbiguousMatch`.
        """
        condition = Field(field).contains(marker)
        if narrow is not None:
            condition = narrow & condition
        query = Query(select=("Ref_Key",), filter=condition, top=2).encode(self._zone)
        where = self._transport.where(set_name)
        rows = rows_of(self._transport.read_json(set_name, query), Call(where))
        if len(rows) > 1:
            raise AmbiguousMatch(
                where,
                candidates=[str(row.get("Ref_Key")) for row in rows],
                found=_("метка {marker} есть у нескольких объектов").format(marker=marker),
                next_step=_("оставьте в 1С один из них, у остальных уберите метку"),
                code="marker_twice",
            )
        if not rows:
            return None
        ref = as_ref(rows[0].get("Ref_Key"))
        row = None if ref is None else self.get(set_name, ref)
        return None if ref is None or row is None else Written(ref, row, found=True)

    def get(self, set_name: str, ref: UUID) -> dict[str, Any] | None:
        """One object whole, as 1C sends it; None if the base has none with this key."""
        try:
            row = self._transport.read_json(entity_path(set_name, ref), JSON)
        except NotFound:
            return None
        if isinstance(row, dict):
            return row
        raise unreadable(Call(self._transport.where(set_name)), _("в ответе нет объекта"))

    def update(
        self,
        set_name: str,
        ref: UUID,
        body: Mapping[str, Any],
        *,
        version: str = "",
        carry: Mapping[str, Sequence[str]] | None = None,
    ) -> Written:
        """PATCH the named fields; tabular sections are replaced whole.

        `version` is the `DataVersion` that the decision was made on: if the object has another by
        now, nothing is written and `ChangedMeanwhile` is raised. It is sent as `If-Match`, and
        read again before unless the base is known to honour that. `carry` completes the rows of a
        section from the stored ones: section → the columns by which rows are recognised.

        May be repeated: a second run leaves the same values. Raises `NotFound`,
        `StoredDifferently`, `Refused`, `UnknownOutcome`.
        """
        sent = wire_body(body, self._zone, set_name)
        if carry or (version and self._transport.if_match is not True):
            present = self._unchanged(set_name, ref, version)
            for section, alike in (carry or {}).items():
                if section in sent:
                    rows = carried_over(sent[section], present.get(section), alike)
                    sent[section] = rows
        path = entity_path(set_name, ref)
        row = self._transport.write("PATCH", path, JSON, sent, version=version)
        if not isinstance(row, dict):
            row = self.get(set_name, ref) or {}
        return self._verified(set_name, sent, Written(ref, row))

    def _unchanged(self, set_name: str, ref: UUID, version: str) -> dict[str, Any]:
        row = self.get(set_name, ref)
        where = self._transport.where(set_name)
        if row is None:
            found = _("объекта {ref} нет").format(ref=ref)
            raise NotFound(where, found=found, code="not_found")
        if version and row.get("DataVersion") != version:
            raise ChangedMeanwhile(where)
        return row

    def post(self, set_name: str, ref: UUID, *, operational: bool = False) -> None:
        """Post (провести) a document; the base's refusal comes as `Refused`, in its words."""
        mode = "true" if operational else "false"
        path = f"{entity_path(set_name, ref)}/Post"
        self._transport.write("POST", path, f"PostingModeOperational={mode}", None)

    def unpost(self, set_name: str, ref: UUID) -> None:
        """Cancel posting (отменить проведение)."""
        self._transport.write("POST", f"{entity_path(set_name, ref)}/Unpost", "", None)

    def mark_deleted(self, set_name: str, ref: UUID, *, marked: bool = True) -> Written:
        """Set or clear the deletion mark (пометка на удаление)."""
        return self.update(set_name, ref, {"DeletionMark": marked})

    def _written(self, set_name: str, row: Any) -> Written:
        where = self._transport.where(set_name)
        try:
            ref = as_ref(row.get("Ref_Key")) if isinstance(row, dict) else None
        except Misunderstood:
            ref = None
        if ref is None:
            found = _("база приняла объект, но не вернула его ссылку")
            raise unreadable(Call(where, writing=True), found)
        return Written(ref, row)

    def _verified(self, set_name: str, sent: dict[str, Any], written: Written) -> Written:
        changed = differences(sent, written.row)
        if not changed:
            return written
        where = f"{self._transport.where(set_name)} {written.ref}"
        raise StoredDifferently(where, written=written, **said_of(changed))


def _unmarked(where: str, field: str) -> ConfigurationError:
    return ConfigurationError(
        where,
        found=_("в поле «{field}» нет метки").format(field=field),
        expected=_("метка, по которой документ узнают после потерянного ответа"),
        next_step=_("добавьте метку в это поле в сопоставлении"),
        code="no_marker",
    )
