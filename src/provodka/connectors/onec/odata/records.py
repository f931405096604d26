"""Records of independent information registers: whoever holds the key may write.

They have neither a reference nor a `DataVersion`, and a second POST of the same key is refused, so
a record is looked for first and then entered or changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provodka.connectors.onec.odata.compare import differences
from provodka.connectors.onec.odata.errors import Call, NotFound, unreadable
from provodka.connectors.onec.odata.literals import wire_body
from provodka.connectors.onec.odata.query import JSON, record_path
from provodka.connectors.onec.odata.transport import Transport
from provodka.connectors.onec.odata.verifying import said_of
from provodka.foundation.errors import ReadBackMismatch, Refused, UnknownOutcome
from provodka.foundation.i18n import _

__all__ = ["Records"]

Row = dict[str, Any]


class Records:
    """Reading and writing records by their dimensions (and `Period`, where there is one).

    Keys and values are those of Python: `UUID` for `…_Key`, `Ref` for a composite dimension, dates
    that know their zone, `Decimal`.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._zone = transport.settings.timezone

    def get(self, set_name: str, key: Mapping[str, object]) -> Row | None:
        """The record, as 1C sends it; None if there is none."""
        path = record_path(set_name, key, self._zone)
        try:
            row = self._transport.read_json(path, JSON)
        except NotFound:
            return None
        if isinstance(row, dict):
            return row
        raise unreadable(Call(self._transport.where(set_name)), _("в ответе нет записи"))

    def put(self, set_name: str, key: Mapping[str, object], values: Mapping[str, object]) -> Row:
        """Make the record be so, and return it as the base has stored it.

        What is so already is not written. May be repeated. Raises `ReadBackMismatch`, `Refused`,
        `UnknownOutcome`.
        """
        sent = wire_body(values, self._zone, set_name)
        present = self.get(set_name, key)
        if present is None:
            present = self._enter(set_name, key, sent)
        if present is not None and differences(sent, present):
            path = record_path(set_name, key, self._zone)
            self._transport.write("PATCH", path, JSON, sent)
            present = None
        row = self.get(set_name, key) if present is None else present
        changed = differences(sent, row or {})
        if changed:
            raise ReadBackMismatch(self._transport.where(set_name), **said_of(changed))
        return row or {}

    def _enter(self, set_name: str, key: Mapping[str, object], sent: Row) -> Row | None:
        """Enter the record; what somebody else has entered meanwhile, or None to read it back."""
        whole = {**wire_body(key, self._zone, set_name), **sent}
        try:
            self._transport.write("POST", set_name, JSON, whole)
        except (Refused, UnknownOutcome):
            found = self.get(set_name, key)
            if found is None:
                raise
            return found
        return None
