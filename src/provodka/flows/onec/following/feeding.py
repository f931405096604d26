"""Following an exchange plan: one message holds the changes of many sets, confirmed when stored.

A message is selected, taken in parts, each in transactions that also keep its number, and
confirmed at the end. Killed before that, the hub selects the same message again: what it has
taken already changes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import structlog
from sqlalchemy import Connection, Engine, text

from provodka.connectors.crm_store import cursors, quarantine
from provodka.connectors.http import AnswerTooLarge
from provodka.connectors.onec.odata.atom import Item, Unreadable
from provodka.flows.hub import Hub
from provodka.flows.onec.following.choosing import STREAM, Watch
from provodka.flows.onec.following.fields import Fields
from provodka.flows.onec.following.guarding import Deletions
from provodka.flows.onec.following.settled import unsettled
from provodka.flows.onec.following.sorting import Part, in_order, sorted_part
from provodka.flows.onec.taking import Taking, stream_of, take
from provodka.flows.settings import OneC
from provodka.flows.work import Work
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.mappings.compiled import Mapping

__all__ = ["follow"]

log = structlog.get_logger("provodka.pull")

PART = 1000
"""Entries that are sorted and stored together."""


def follow(
    hub: Hub,
    work: Work,
    watch: Watch,
    settings: OneC,
    taking_for: Callable[[], Taking],
    compare: Callable[[], Counter[str]],
) -> Counter[str]:
    """Take the node's next message whole; counts as `take`, and `deleted` and `foreign`.

    `foreign` are entries of sets that no mapping reads. `taking_for` is asked only if there is
    anything to take. A message too large to be fetched is made up for by `compare`: a comparison
    of everything with the base, after which the message holds nothing new. Raises
    `TooManyDeletions` when all else of the message is stored; it is not confirmed then, and comes
    again.
    """
    message = _Message(hub, work, watch, settings, taking_for)
    try:
        counts = message.taken()
    except AnswerTooLarge:
        log.warning("message_too_large", message=message.number)
        counts = compare()
        message.met = True
    if message.met and not counts["unsettled"]:
        message.confirm()
    return counts


@dataclass
class _Message:
    """One message on its way into the store; `met` tells that there was anything in it."""

    hub: Hub
    work: Work
    watch: Watch
    settings: OneC
    taking_for: Callable[[], Taking]
    met: bool = False
    foreign: Counter[str] = field(default_factory=Counter)

    @property
    def number(self) -> int:
        return self.watch.node.next_message

    @cached_property
    def mappings(self) -> Sequence[Mapping]:
        return in_order(one for one in self.hub.mappings.values() if one.reads)

    @cached_property
    def taking(self) -> Taking:
        return self.taking_for()

    def taken(self) -> Counter[str]:
        """Take all of it in, deletions last, once all of them are known."""
        plans = self.hub.require_base().exchange_plans
        with self.work.begin() as connection:
            asked = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        sets = {mapping.entity: mapping for mapping in self.mappings}
        items = plans.select_changes(self.watch.node, self.number, Fields(self.hub, sets).of)
        deletions = Deletions(self.settings)
        counts: Counter[str] = Counter()
        for part in _parts(items):
            if not self.met:
                self.met, self.taking.asked = True, asked
            counts += self._taken(sorted_part(part, sets), deletions)
        if self.met:
            counts += deletions.carry_out(self.work, self.taking)
        self._say(counts)
        return counts

    def _taken(self, part: Part, deletions: Deletions) -> Counter[str]:
        counts = Counter(set_aside=len(part.odd), foreign=part.foreign.total())
        self.foreign += part.foreign
        for mapping in self.mappings:
            if mapping.entity in part.rows:
                with self.work.begin() as connection:
                    rows = deletions.held(connection, mapping, part.rows[mapping.entity])
                    counts += take(connection, self.taking, mapping, rows)
                    counts["unsettled"] += unsettled(connection, mapping, rows)
                    self._move(connection)
            if mapping.entity in part.gone:
                deletions.gone(mapping, part.gone[mapping.entity])
        if part.odd:
            with self.work.begin() as connection:
                for one in part.odd:
                    _set_aside(connection, one, self.mappings)
        return counts

    def confirm(self) -> None:
        """Tell the base, after the number has been kept; a rehearsal tells nobody."""
        with self.work.begin() as connection:
            self._move(connection)
        if isinstance(self.work, Engine):
            plans = self.hub.require_base().exchange_plans
            plans.notify_received(self.watch.node, self.number)

    def _move(self, connection: Connection) -> None:
        place = {"received": self.watch.node.received, "message": self.number}
        cursors.move(connection, STREAM, {**self.watch.place, **place})

    def _say(self, counts: Counter[str]) -> None:
        if self.met:
            log.info("message_taken", message=self.number, **counts)
        if self.foreign:
            log.info("sets_of_no_mapping", sets=dict(self.foreign))


def _parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while part := list(islice(left, PART)):
        yield part


def _set_aside(connection: Connection, one: Unreadable, mappings: Iterable[Mapping]) -> None:
    """Keep an entry that makes no sense; the next comparison reads its object by other means."""
    mapping = next((mapping for mapping in mappings if mapping.entity == one.set_name), None)
    payload = {"set": one.set_name, "Ref_Key": one.key, "why": one.why}
    key = one.key or f"unkeyed-{hashlib.sha256(repr(payload).encode()).hexdigest()[:12]}"
    error = Misunderstood(
        _("Лента изменений 1С, {entity}").format(entity=one.set_name or "?"),
        found=one.why,
        expected=_("запись с набором, ссылкой и полями, каждое один раз"),
        next_step=_("ничего: объект прочитает ближайшая сверка; повторяется — обновите платформу"),
        code="odd_entry",
    )
    stream = stream_of(mapping) if mapping else STREAM
    quarantine.set_aside(
        connection, stream, key, payload, error, mapping.version if mapping else ""
    )
