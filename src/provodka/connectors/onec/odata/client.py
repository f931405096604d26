"""One 1C base over OData, for the rest of the hub: read, count, probe, write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from provodka.connectors.http import HttpAnswer, Retries
from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.connectors.onec.odata.exchange_plan import ExchangePlans
from provodka.connectors.onec.odata.filters import Filter
from provodka.connectors.onec.odata.handing import Hand, HandedTransport
from provodka.connectors.onec.odata.if_match import find_if_match
from provodka.connectors.onec.odata.metadata import Metadata
from provodka.connectors.onec.odata.metadata_cache import MetadataCache
from provodka.connectors.onec.odata.metadata_reader import digest_of, parse_metadata
from provodka.connectors.onec.odata.pages import (
    Page,
    RawPage,
    read_pages,
    read_raw_pages,
    rows_of,
)
from provodka.connectors.onec.odata.probe import Probe, probe
from provodka.connectors.onec.odata.query import Query, filter_option
from provodka.connectors.onec.odata.records import Records
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.connectors.onec.odata.transport import Transport, json_of
from provodka.connectors.onec.odata.virtual_tables import VirtualTable
from provodka.connectors.onec.odata.wire_json import BOM
from provodka.connectors.onec.odata.writes import Writer, Written
from provodka.foundation.i18n import _

__all__ = ["ODataBase"]


class ODataBase:
    """A base; safe for threads, to be closed (or used in `with`).

    Whoever else goes to the same base is given the same `doorway`.
    """

    def __init__(
        self,
        settings: OneCSettings,
        *,
        retries: Retries | None = None,
        doorway: Doorway | None = None,
    ) -> None:
        self.settings = settings
        self._transport = Transport(settings, retries, doorway)
        self._writer = Writer(self._transport)
        self._records = Records(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish the 1C session, if one is kept, and close the connections."""
        self._transport.close()

    def handed(self, hand: Hand) -> ODataBase:
        """The same base over the same connections, each write passing through `hand`."""
        return self._over(HandedTransport(self._transport, hand))

    def guarded(self, before_write: Callable[[], None]) -> ODataBase:
        """The same base over the same connections; `before_write` may forbid each write.

        It is called when the next thing is to send, after any waiting; what it raises is raised.
        """
        return self._over(self._transport.guarded(before_write))

    def _over(self, transport: Transport) -> ODataBase:
        other = copy(self)
        other._transport = transport
        other._writer = Writer(other._transport)
        other._records = Records(other._transport)
        return other

    def probe(self, wanted: Iterable[str] = ()) -> Probe:
        """What the base can do, and whether the wanted sets can be read; never raises."""
        return probe(self._transport, wanted)

    def metadata(self, *, now: datetime, max_age: timedelta = timedelta(days=1)) -> Metadata:
        """What the base publishes: remembered in `metadata_cache` for `max_age`.

        `max_age` zero asks the base; on a large one that takes half a minute.
        """
        folder = self.settings.metadata_cache
        cache = None if folder is None else MetadataCache(folder)
        kept = None if cache is None else cache.load(self.settings.service_url())
        if kept is not None and now - kept.fetched_at < max_age:
            return kept.metadata

        def understand(answer: HttpAnswer) -> Metadata:
            known = None if cache is None else cache.parsed(digest_of(answer.body))
            return known or parse_metadata(answer.body)

        fresh = self._transport.read("$metadata", "", understand, heavy=True)
        if cache is not None:
            cache.store(self.settings.service_url(), fresh, now)
        return fresh

    def count(self, set_name: str, condition: Filter | None = None) -> int:
        """How many objects fit."""
        option = filter_option(condition, self.settings.timezone)
        call = Call(self._transport.where(set_name))

        def understand(answer: HttpAnswer) -> int:
            text = answer.body.removeprefix(BOM).strip()
            if text.isdigit():
                return int(text)
            raise unreadable(call, _("вместо количества пришло нечто другое"))

        return self._transport.read(f"{set_name}/$count", option, understand)

    def read_pages(self, set_name: str, query: Query, *, at_once: bool = False) -> Iterator[Page]:
        """Every row that the query selects once, in pages sized by bytes; see `pages`.

        `at_once` is for what a person waits for: it does not rest between pages.
        """
        return read_pages(self._transport, set_name, query, at_once=at_once)

    def read_raw_pages(self, set_name: str, query: Query) -> Iterator[RawPage]:
        """The same pages for who understands them piece by piece; see `pages`."""
        return read_raw_pages(self._transport, set_name, query)

    def read_table(self, table: VirtualTable, select: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Rows of a virtual table, fractions as `Decimal`; see `virtual_tables`.

        `select` names the columns that are wanted; by default the table's own, which are few.

        The base computes it whole and answers at once. A register that has no such table is a
        `ConfigurationError`; more than `max_answer_bytes` is `AnswerTooLarge`: narrow the
        condition or name fewer dimensions.
        """
        call = Call(self._transport.where(table.register))
        return self._transport.read(
            table.path(self.settings.timezone),
            Query(tuple(select) or ("*",)).encode(self.settings.timezone),
            lambda answer: rows_of(json_of(answer, call), call),
            table=table.name,
            heavy=True,
        )

    def wait_for_hours(self, now: datetime) -> timedelta:
        """How long until whole sets may be read, by the base's clock; zero if now."""
        return self.settings.heavy_hours.wait(now.astimezone(self.settings.timezone))

    @property
    def exchange_plans(self) -> ExchangePlans:
        """The change feed: nodes of exchange plans, their messages, and confirming them."""
        return ExchangePlans(self._transport)

    def get(self, set_name: str, ref: UUID) -> dict[str, Any] | None:
        """One object whole; None if the base has none with this key."""
        return self._writer.get(set_name, ref)

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
        """Create once and compare what was stored; see `Writer.create`."""
        return self._writer.create(
            set_name,
            body,
            marker_field=marker_field,
            marker=marker,
            lookup_filter=lookup_filter,
            may_exist=may_exist,
        )

    def find_by_marker(
        self, set_name: str, field: str, marker: str, narrow: Filter | None = None
    ) -> Written | None:
        """The object that carries the marker; None if there is none."""
        return self._writer.find_by_marker(set_name, field, marker, narrow)

    def update(
        self,
        set_name: str,
        ref: UUID,
        body: Mapping[str, Any],
        *,
        version: str = "",
        carry: Mapping[str, Sequence[str]] | None = None,
    ) -> Written:
        """Change the named fields and compare what was stored; see `Writer.update`."""
        return self._writer.update(set_name, ref, body, version=version, carry=carry)

    def find_if_match(self, set_name: str, ref: UUID, *, marker_field: str, marker: str) -> bool:
        """Whether versions in `If-Match` are honoured; writes the named document: `if_match`."""
        return find_if_match(
            self._transport, set_name, ref, marker_field=marker_field, marker=marker
        )

    def get_record(self, set_name: str, key: Mapping[str, object]) -> dict[str, Any] | None:
        """A record of an independent register by its dimensions; None if there is none."""
        return self._records.get(set_name, key)

    def put_record(
        self, set_name: str, key: Mapping[str, object], values: Mapping[str, object]
    ) -> dict[str, Any]:
        """Enter or change a record of an independent register; see `Records.put`."""
        return self._records.put(set_name, key, values)

    def post(self, set_name: str, ref: UUID, *, operational: bool = False) -> None:
        """Post (провести) a document; the base's refusal comes as `Refused`."""
        self._writer.post(set_name, ref, operational=operational)

    def unpost(self, set_name: str, ref: UUID) -> None:
        """Cancel posting (отменить проведение)."""
        self._writer.unpost(set_name, ref)

    def mark_deleted(self, set_name: str, ref: UUID, *, marked: bool = True) -> Written:
        """Set or clear the deletion mark; nothing is ever deleted physically."""
        return self._writer.mark_deleted(set_name, ref, marked=marked)
