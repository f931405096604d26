"""The couriers ask whether an errand is still theirs when the next thing is to write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tests.e2e.company import Company, run
from tests.e2e.neighbours import Neighbours

from provodka.connectors.crm_store.leases import LostLease
from provodka.connectors.crm_store.outbox import Errand
from provodka.flows.deliver.courier import Courier, StillMine
from provodka.flows.deliver.couriers import couriers
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outcome import Outcome
from provodka.flows.hub import Hub


@dataclass
class Sleepy:
    """A courier that falls asleep over every errand, and wakes when its lease is over."""

    courier: Courier
    asked: int = 0
    lost_answer_wait: timedelta = timedelta()
    workers: int = 1
    ahead: int = 1

    @property
    def target(self) -> str:
        return self.courier.target

    def marker(self, errand: Errand) -> str:
        return self.courier.marker(errand)

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        still_mine()
        return self.courier.carry(errand, self._slept)

    def _slept(self) -> None:
        self.asked += 1
        raise LostLease("", found="срок истек", code="lost_lease")


def test_nothing_is_written_to_1c_or_by_mail_once_the_lease_is_over(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    company.bill(company.deal())
    for _round in range(2):
        run(hub, "triggers", "invoices")
    outward = [one for one in couriers(hub) if one.target in ("onec", "mail")]
    for courier in outward:
        sleepy = Sleepy(courier)
        assert deliver(hub.engine, sleepy) == {"lost": 1}
        assert sleepy.asked == 1
    assert sandbox.writes() == []
    assert sandbox.letters() == []
    for courier in outward:
        assert deliver(hub.engine, courier)["delivered"] >= 1
    assert set(sandbox.subjects().values()) == {1}
    assert len([one for one in sandbox.writes() if one["method"] == "POST"]) >= 1
