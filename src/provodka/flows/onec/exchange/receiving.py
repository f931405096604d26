"""The base's message into the store: page by page, its number moved with the last of them."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import BinaryIO

import structlog
from sqlalchemy import Connection, Engine

from provodka.connectors.crm_store import exchange, locks
from provodka.connectors.onec.enterprise_data.message import Header, Misread, read_message
from provodka.connectors.onec.enterprise_data.soap.answers import Received
from provodka.connectors.onec.enterprise_data.soap.numbering import Verdict
from provodka.flows.ahead import one_ahead
from provodka.flows.garbage import rarely_collected
from provodka.flows.hub import Hub
from provodka.flows.onec.exchange.accepting import accept
from provodka.flows.onec.exchange.landing import landed
from provodka.flows.onec.exchange.mentions import take_mentioned
from provodka.flows.onec.exchange.orders import without_foreign_orders
from provodka.flows.onec.exchange.place import (
    Place,
    common_version,
    incoming,
    keep,
    read_place,
)
from provodka.flows.onec.exchange.sorting import Page, as_payload, key_of, pages
from provodka.flows.onec.following.guarding import Deletions
from provodka.flows.onec.following.settled import unsettled
from provodka.flows.onec.following.sorting import in_order
from provodka.flows.onec.pulling import TAKING, taking_for
from provodka.flows.onec.taking import Taking, heed_tolerance, set_aside, take
from provodka.flows.tolerance import Tolerance
from provodka.flows.work import Work, later_of
from provodka.foundation.errors import Misunderstood, ProvodkaError
from provodka.mappings.compiled import Mapping
from provodka.mappings.enterprise_data.translation import Translation
from provodka.mappings.reading import Misread as Misfit

__all__ = ["Renegotiate", "receive"]

log = structlog.get_logger("provodka.exchange")


class Renegotiate(Exception):
    """The base wrote in a lower version than both speak: `place` is to be told to it first."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.version)
        self.place = place


def receive(hub: Hub, work: Work, *, accepting: bool = False) -> Counter[str]:
    """Take in the base's next message; counts as `take`, and `deleted`, `foreign`, `messages`.

    `accepting` is a person's word that numbers which went back are meant.

    What cannot be understood is set aside object by object. Killed at any point, it is read again
    and changes nothing twice. Raises `TooManyDeletions` when all else is stored, and
    `TooManySetAside` at a page too much of which makes no sense (the message then comes again),
    `NumbersWentBack`, `Renegotiate`, and what the connector raises.
    """
    base = hub.require_exchange()
    with _unpacked(hub) as stream:
        received = base.receive(stream)
        stream.seek(0)
        try:
            counts, over = _taken(hub, work, stream, received, accepting)
        except (Misunderstood, Renegotiate):
            # Its changes are not confirmed, so they come again in a message made anew.
            _let_go(hub, received)
            raise
        if isinstance(work, Engine) and over:
            _let_go(hub, received)
    return counts


def _taken(
    hub: Hub, work: Work, stream: BinaryIO, received: Received, accepting: bool
) -> tuple[Counter[str], bool]:
    header, objects = read_message(stream)
    with locks.holding(hub.engine, [TAKING]), rarely_collected():
        message = _Message(hub, work, header, received)
        if accepting:
            accept(hub, header, received.digest)
        return message.taken(one_ahead(pages(objects, message.known))), message.over


@contextmanager
def _unpacked(hub: Hub) -> Iterator[BinaryIO]:
    """A file without a name, beside the spool: personal data leave no trace after a kill."""
    folder = hub.require_exchange().settings.spool or hub.home
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as stream:
        yield stream


def _let_go(hub: Hub, received: Received) -> None:
    try:
        hub.require_exchange().confirm(received)
    except ProvodkaError as error:
        # Nothing depends on it: the number in our next message confirms the changes.
        log.warning("file_not_freed", code=error.code)


@dataclass
class _Message:
    """One message on its way into the store; `over` when it need not be read again."""

    hub: Hub
    work: Work
    header: Header
    received: Received
    over: bool = False
    row: int = 0
    began: Place = field(default_factory=Place)
    foreign: Counter[str] = field(default_factory=Counter)
    orders: int = 0

    @cached_property
    def known(self) -> dict[str, Translation]:
        return {one.object: one for one in self.hub.translations.values()}

    @cached_property
    def mappings(self) -> Sequence[Mapping]:
        return in_order(one for one in self.hub.mappings.values() if one.reads)

    @cached_property
    def taking(self) -> Taking:
        taking = taking_for(self.hub, self.mappings)
        taking.tolerance = Tolerance.of(self.hub.settings.streams)
        taking.later = later_of(self.work)
        return taking

    def taken(self, parts: Iterator[Page]) -> Counter[str]:
        """All of it, deletions last; the numbers move in the last transaction."""
        with self.work.begin() as connection:
            place = self.began = read_place(connection)
        heard = incoming(self.header, self.received.digest)
        arrival = place.numbers.read(heard)
        if arrival.verdict is Verdict.REPEATED:
            self.over = True
            return Counter()
        place = self._heard(place)
        self._negotiated(place)
        place = self._confirmed(replace(place, numbers=arrival.numbers), heard.received_no)
        counts, size = self._stored(heard.message_no, parts)
        if counts["unsettled"]:
            return counts
        if not size:
            place = self._nothing_to_acknowledge(place)
        with self.work.begin() as connection:
            keep(connection, place)
            exchange.end(connection, self.row, "taken", objects=size, counts=counts)
        self.over = True
        self._say(heard.message_no, counts)
        return counts

    def _heard(self, place: Place) -> Place:
        said = self.header.confirmation
        code = said.sender if said else place.base_code
        return replace(place, base_code=code, version=common_version(self.header))

    def _negotiated(self, place: Place) -> None:
        lower = self.header.version != place.version
        if lower and place.asked != place.version and isinstance(self.work, Engine):
            raise Renegotiate(place)

    def _confirmed(self, place: Place, number: int) -> Place:
        """Settle what the base says it has read; notice a base that never says so."""
        with self.work.begin() as connection:
            last = exchange.last_sent(connection)
        if last is None or not isinstance(self.work, Engine):
            return place
        if last.state in ("sending", "unseen") and last.number == number:
            landed(self.hub, last)
        unheard = place.unheard + 1 if last.state == "read" and last.number > number else 0
        place = replace(place, unheard=unheard)
        if place.deaf:
            log.warning("numbers_not_kept", sent=last.number, confirmed=number)
        return place

    def _nothing_to_acknowledge(self, place: Place) -> Place:
        """An empty message holds no changes; it is not answered, if all before it are."""
        before = self.began.numbers.received
        same = place.acknowledged == before
        return replace(place, acknowledged=place.numbers.received) if same else place

    def _stored(self, number: int, parts: Iterator[Page]) -> tuple[Counter[str], int]:
        version = self.header.version or ""
        with self.work.begin() as connection:
            self.row = exchange.begin(
                connection, "in", number, version, state="taking", mark=self.received.digest
            )
        settings = self.hub.settings.onec
        if settings is None:
            raise LookupError("onec")
        deletions = Deletions(settings)
        counts: Counter[str] = Counter(messages=1)
        size = 0
        for page in parts:
            size += page.size
            counts += self._page(page, deletions)
        counts += deletions.carry_out(self.work, self.taking)
        return counts, size

    def _page(self, page: Page, deletions: Deletions) -> Counter[str]:
        counts = Counter(foreign=page.foreign.total())
        self.foreign += page.foreign
        for mapping in self.mappings:
            rows, misread = page.rows.get(mapping.name), page.misread.get(mapping.name)
            if rows or misread:
                with self.work.begin() as connection:
                    if rows:
                        counts += self._rows(connection, mapping, page)
                    if misread:
                        counts += self._aside(connection, mapping, len(rows or ()), misread)
                    exchange.stepped(connection, self.row)
            if keys := page.gone.get(mapping.name):
                deletions.gone(mapping, keys)
        return counts

    def _rows(self, connection: Connection, mapping: Mapping, page: Page) -> Counter[str]:
        rows = page.rows[mapping.name]
        self.orders += without_foreign_orders(connection, self.taking, mapping, rows)
        counts = self._mentioned(connection, mapping, page)
        counts += take(connection, self.taking, mapping, rows)
        # Only what bears our mark may be left to whoever is writing it.
        if mapping.marker or self.taking.later:
            counts["unsettled"] += unsettled(connection, mapping, rows)
        return counts

    def _aside(
        self, connection: Connection, mapping: Mapping, rows: int, misread: Sequence[Misread]
    ) -> Counter[str]:
        """What does not fit the schema counts with what, among the rows, made no sense."""
        if not rows:
            self.taking.aside = []
        version = self.header.version or ""
        misfits = [Misfit(key_of(one), as_payload(one, version), one.error) for one in misread]
        set_aside(connection, self.taking, mapping, misfits)
        heed_tolerance(self.taking, mapping, rows + len(misread))
        return Counter(set_aside=len(misread))

    def _mentioned(self, connection: Connection, mapping: Mapping, page: Page) -> Counter[str]:
        kinds = {one.kind: self.hub.translations[one.name] for one in self.mappings}
        translation = self.hub.translations[mapping.name]
        given = page.rows[mapping.name], page.values[mapping.name]
        return take_mentioned(connection, self.taking, kinds, translation, *given)

    def _say(self, number: int, counts: Counter[str]) -> None:
        log.info("message_taken", message=number, **counts)
        if self.foreign:
            log.info("objects_of_no_mapping", kinds=dict(self.foreign))
        if self.orders:
            log.info("orders_of_nobody", count=self.orders)
