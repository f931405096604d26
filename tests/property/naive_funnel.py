"""The funnel once more, by plain loops over visits: slow, and obviously what was meant."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tests.contract.dashboards.visits import StageVisit

__all__ = ["NaiveFunnel"]


class NaiveFunnel:
    """Answers about one scenario, as of an instant, over the period [since, until)."""

    def __init__(
        self,
        visits: list[StageVisit],
        at: datetime,
        since: datetime,
        until: datetime,
        horizon: timedelta,
    ) -> None:
        self.at, self.since, self.until, self.horizon = at, since, until, horizon
        self.seen = [visit for visit in visits if visit.entered_at <= at]
        self.last = {visit.deal: visit for visit in self.seen}
        self.histories: dict[UUID, list[StageVisit]] = {}
        for visit in self.seen:
            owner = self._owner(visit.deal)
            if owner is not None:
                self.histories.setdefault(owner, []).append(visit)
        for own in self.histories.values():
            own.sort(key=lambda visit: (visit.entered_at, visit.deal, visit.visit))

    def _exit(self, visit: StageVisit) -> str:
        left = visit.left_at is not None and visit.left_at <= self.at
        return visit.exit if left else "open"

    def _owner(self, deal: UUID | None) -> UUID | None:
        met = set()
        while deal in self.last and deal not in met:
            met.add(deal)
            way = self._exit(self.last[deal])
            if way == "deleted":
                return None
            if way != "merged":
                return deal
            deal = self.last[deal].survivor
        return None

    def _in_period(self, at: datetime) -> bool:
        return self.since <= at < self.until

    def _state(self, deal: UUID, scenario: str) -> str:
        last = self.last[deal]
        here = last.scenario == scenario and self._exit(last) == "open"
        return last.stage_kind if here else "elsewhere"

    def cohort(self, scenario: str) -> list[UUID]:
        """The deals created in the period that ever stood on the scenario."""
        return [
            deal
            for deal, own in self.histories.items()
            if any(visit.scenario == scenario for visit in own)
            and self._in_period(min(visit.deal_created_at for visit in own))
        ]

    def reached_at(self, deal: UUID, scenario: str, rank: int, kind: str) -> datetime | None:
        """When the deal first reached a step."""
        return min(
            (
                visit.entered_at
                for visit in self.histories[deal]
                if visit.scenario == scenario
                and (
                    visit.stage_kind == "won"
                    or (visit.stage_kind == kind == "open" and (visit.rank or 0) >= rank)
                )
            ),
            default=None,
        )

    def step(
        self, scenario: str, before: tuple[int, str], here: tuple[int, str]
    ) -> tuple[int, int, int, int, int]:
        """Base, reached, pending, ripe and reached in time, from one step to the next."""
        base = reached = pending = ripe = within = 0
        for deal in self.cohort(scenario):
            first = self.reached_at(deal, scenario, *before)
            then = self.reached_at(deal, scenario, *here)
            reached += then is not None
            if first is None:
                continue
            base += 1
            pending += then is None and self._state(deal, scenario) == "open"
            if first <= self.at - self.horizon:
                ripe += 1
                within += then is not None and then <= first + self.horizon
        return base, reached, pending, ripe, within

    def flow(self, scenario: str, stage: str) -> tuple[int, int]:
        """First entries and re-entries within the period."""
        first = again = 0
        for own in self.histories.values():
            entries = [v for v in own if (v.scenario, v.stage) == (scenario, stage)]
            for number, visit in enumerate(entries):
                if self._in_period(visit.entered_at):
                    first += number == 0
                    again += number > 0
        return first, again

    def closed(self, scenario: str, kind: str) -> int:
        """Deals whose last close is of that kind, in the period, and which are still closed."""
        return sum(
            self._state(deal, scenario) == kind and self._in_period(self.last[deal].entered_at)
            for deal in self.histories
        )

    def standing(self, scenario: str, kind: str) -> int:
        """How many of the cohort are open, won or lost now."""
        return sum(self._state(deal, scenario) == kind for deal in self.cohort(scenario))
