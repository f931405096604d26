"""The guard against mass deletion: a base half restored must not empty the hub.

Deletions of one message, or of one comparison, are held until all of them are known. If they are
too many for the kind of document, nothing of them is done, and a person is asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from provodka.dashboards.insight.titles import kind_title
from provodka.flows.hub import Hub
from provodka.flows.onec.following.burying import bury, count_bound, living
from provodka.flows.onec.following.settled import unsettled
from provodka.flows.onec.taking import Taking, take
from provodka.flows.settings import OneC
from provodka.flows.work import Work
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _
from provodka.mappings.compiled import Mapping

__all__ = ["Deletions", "TooManyDeletions", "refused", "too_many", "trusting"]

PAGE = 500

Rows = Sequence[dict[str, Any]]


class TooManyDeletions(ProvodkaError):
    """1C says that a great part of the documents is gone: a person decides whether to believe.

    `others` are the same of other kinds, found in one run.
    """

    others: Sequence[TooManyDeletions] = ()


@dataclass
class Deletions:
    """What is to be marked deleted, held until it is known how much that is.

    `settings.allow_deletes` is a person's word that all of it is meant.
    """

    settings: OneC
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    mappings: dict[str, Mapping] = field(default_factory=dict)

    def held(self, connection: Connection, mapping: Mapping, rows: Rows) -> Rows:
        """The rows that delete nothing; those that would bury a living document are kept back."""
        marked = [row["Ref_Key"] for row in rows if _is_marked(row)]
        buries = set(living(connection, mapping, marked))
        if not buries or self.settings.allow_deletes:
            return rows
        self.mappings[mapping.name] = mapping
        self.rows[mapping.name] += [row for row in rows if row.get("Ref_Key") in buries]
        return [row for row in rows if row.get("Ref_Key") not in buries]

    def gone(self, mapping: Mapping, keys: Sequence[str]) -> None:
        """Objects that the base has no more."""
        self.mappings[mapping.name] = mapping
        self.keys[mapping.name] += keys

    def carry_out(self, work: Work, taking: Taking) -> Counter[str]:
        """Do all of it, or raise `TooManyDeletions` and do nothing; counts `deleted`.

        `unsettled` counts rows that must be read once more.
        """
        if not self.settings.allow_deletes:
            with work.begin() as connection:
                self._check(connection)
        counts: Counter[str] = Counter()
        for name, mapping in self.mappings.items():
            for rows in _pages(self.rows[name]):
                with work.begin() as connection:
                    counts += take(connection, taking, mapping, rows)
                    counts["unsettled"] += unsettled(connection, mapping, rows)
            known = [key for key in self.keys[name] if (mapping.kind, key) not in taking.later]
            for keys in _pages(known):
                with work.begin() as connection:
                    counts["deleted"] += bury(connection, mapping, keys)
        return counts

    def _check(self, connection: Connection) -> None:
        for name, mapping in self.mappings.items():
            found = sum(len(living(connection, mapping, keys)) for keys in _pages(self.keys[name]))
            too_many(connection, self.settings, mapping, found + len(self.rows[name]))


def too_many(connection: Connection, settings: OneC, mapping: Mapping, count: int) -> None:
    """Raise `TooManyDeletions` if that many deletions of a kind need a person's word."""
    if settings.allow_deletes or count <= settings.deletes_max:
        return
    bound = count_bound(connection, mapping)
    if count * 100 <= bound * settings.deletes_max_share:
        return
    found = _("удалено или помечено {count} из {bound}").format(count=count, bound=bound)
    raise refused(mapping, settings, found)


def refused(mapping: Mapping, settings: OneC, found: str) -> TooManyDeletions:
    """The error that asks a person; `found` is how many of how many."""
    return TooManyDeletions(
        _("1С, {kind}").format(kind=kind_title(mapping.kind)),
        found=found,
        expected=_("не больше {most} документов или {share} %").format(
            most=settings.deletes_max, share=settings.deletes_max_share
        ),
        next_step=_(
            "ничего не удалено; проверьте, та ли это база и все ли права на месте; список покажет "
            "provodka sync --plan --allow-deletes; если так и надо: provodka sync --allow-deletes"
        ),
        code="too_many_deletions",
    )


def trusting(hub: Hub) -> Hub:
    """The hub with a person's word, for one run, that all deletions in 1C are meant."""
    onec = hub.settings.onec
    if onec is None:
        return hub
    allowing = onec.model_copy(update={"allow_deletes": True})
    return replace(hub, settings=hub.settings.model_copy(update={"onec": allowing}))


def _is_marked(row: dict[str, Any]) -> bool:
    return row.get("DeletionMark") is True and isinstance(row.get("Ref_Key"), str)


def _pages(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]
