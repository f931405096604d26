"""A reading into the store: what differs is merged, what is gone becomes nothing.

Which balance of the base's is which of ours is remembered as a binding, as for documents.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, or_, select

from provodka.connectors.crm_store import journal, quarantine
from provodka.connectors.crm_store.keys import listed_ids
from provodka.connectors.crm_store.tables import hub
from provodka.dashboards.insight.titles import kind_title
from provodka.flows.onec.balances.storing import (
    AS_OF,
    await_parents,
    store_standings,
    table_of,
)
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.onec.queueing import SYSTEM
from provodka.flows.settings import OneC
from provodka.flows.tolerance import Aside, Tolerance
from provodka.flows.work import Later
from provodka.foundation.i18n import _
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.balances.placing import BalanceReading, Standing, Unready
from provodka.mappings.reading import Misread

__all__ = ["Keeping", "keep"]

Told = TypeVar("Told", Standing, Unready)
MOST_SHARE = 50
"""Percent of the balances that may become nothing at once without a person's word."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a run says of its reading: the moment it holds for, and what it may do."""

    as_of: datetime
    settings: OneC
    tolerance: Tolerance
    later: Later = frozenset()


def keep(
    connection: Connection, one: Balance, reading: BalanceReading, keeping: Keeping
) -> Counter[str]:
    """Store a reading in the current transaction.

    Counts `new`, `changed`, `zeroed`, `same`, `parked` (balances of what the hub does not know
    yet), `set_aside`. Raises `TooManySetAside`, or `TooManyDeletions` if most of the balances
    would become nothing; then nothing is stored.
    """
    journal.attribute(connection, SYSTEM)
    aside = _set_aside(connection, one, reading.misread)
    keeping.tolerance.check(one.name, _read(reading) - len(reading.misread) + len(aside), aside)
    gone = _gone(connection, one, reading, keeping)
    _guard(connection, one, keeping.settings, len(gone))
    waiting = _current(one, reading.unready, keeping.later)
    await_parents(connection, one, waiting, keeping.as_of)
    standings = _current(one, reading.standings, keeping.later)
    counts = store_standings(connection, one, standings, keeping.as_of)
    counts["zeroed"] = _clear(connection, one, gone, keeping.as_of)
    return counts + Counter(parked=len(waiting), set_aside=len(aside))


def _read(reading: BalanceReading) -> int:
    return len(reading.standings) + len(reading.unready) + len(reading.misread)


def _current(one: Balance, told: Iterable[Told], later: Later) -> list[Told]:
    """Those that a plan knows of."""
    return [each for each in told if (one.kind, each.key) not in later]


def _gone(
    connection: Connection, one: Balance, reading: BalanceReading, keeping: Keeping
) -> list[UUID]:
    """Balances that are something here and of which the base speaks no more."""
    kept = reading.kept
    return [
        document
        for key, document in _standing(connection, one).items()
        if key not in kept and (one.kind, key) not in keeping.later
    ]


def _standing(connection: Connection, one: Balance) -> Mapping[str, UUID]:
    """Balances that are something, by their keys at the base."""
    table, bound = table_of(one), hub.binding
    rows = connection.execute(
        select(bound.c.external_key, table.c.id)
        .join(bound, bound.c.document == table.c.id)
        .where(
            bound.c.system == SYSTEM,
            bound.c.kind == one.kind,
            or_(*(table.c[amount.ours] != 0 for amount in one.amounts)),
        )
    )
    return {row.external_key: row.id for row in rows}


def _guard(connection: Connection, one: Balance, settings: OneC, gone: int) -> None:
    """A base half restored, or rights taken away, must not make all debts nothing."""
    if settings.allow_deletes or gone <= settings.deletes_max:
        return
    standing = len(_standing(connection, one))
    if gone * 100 <= standing * MOST_SHARE:
        return
    raise TooManyDeletions(
        _("1С, {kind}").format(kind=kind_title(one.kind)),
        found=_("стали бы нулями {count} остатков из {standing}").format(
            count=gone, standing=standing
        ),
        expected=_("не больше {most} остатков или {share} %").format(
            most=settings.deletes_max, share=MOST_SHARE
        ),
        next_step=_(
            "ничего не изменено; проверьте, та ли это база и все ли права на месте; если так и "
            "надо: provodka sync {name} --allow-deletes"
        ).format(name=one.name),
        code="too_many_deletions",
    )


def _clear(connection: Connection, one: Balance, gone: Sequence[UUID], as_of: datetime) -> int:
    if not gone:
        return 0
    table = table_of(one)
    nothing: dict[str, object] = {amount.ours: 0 for amount in one.amounts}
    change = table.update().where(table.c.id.in_(listed_ids(gone)))
    return connection.execute(change.values(nothing | {AS_OF: as_of})).rowcount


def _set_aside(connection: Connection, one: Balance, misread: Sequence[Misread]) -> list[Aside]:
    """Keep what makes no sense, once; what does again is healed. Returns what is new."""
    keys = [each.external_key for each in misread]
    known = quarantine.open_keys(connection, one.name, keys)
    settled = set(quarantine.waiting_keys(connection, one.name)) - set(keys)
    quarantine.heal(connection, one.name, sorted(settled))
    fresh = [
        Aside(one.name, each.external_key, each.payload, each.error, one.version)
        for each in misread
        if each.external_key not in known
    ]
    for each in fresh:
        said = (each.stream, each.key, each.payload, each.error, each.mapping_version)
        quarantine.set_aside(connection, *said)
    return fresh
