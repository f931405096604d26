"""The hub dies when 1C has taken a changed document, and has not noted in which version.

The document's posting had been lost before, so that the version in which it was sent to be posted
is all that tells a posting that never was from one that the accountant took back.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import INVOICES, Neighbours
from tests.e2e.worker import context

from provodka.connectors.crm_store import outbox
from provodka.connectors.onec.odata.client import ODataBase
from provodka.flows.hub import Hub, open_hub
from provodka.flows.settings import Environment

WORD, LATER = "К воротам", "К складу"


@dataclass
class Entered:
    """An invoice that was changed in 1C by a hub that died of it; its keys here and there."""

    hub: Hub
    company: Company
    sandbox: Neighbours
    key: UUID
    ref: str

    @property
    def there(self) -> dict[str, Any]:
        """The one invoice that 1C has."""
        [row] = self.sandbox.rows(INVOICES)
        assert row["Ref_Key"] == self.ref
        return row

    @property
    def comments(self) -> tuple[str, str]:
        """What is written on it here, and there after our mark."""
        return self.company.invoice(self.key).comment, self.there["Комментарий"].split("] ")[-1]

    @property
    def posted(self) -> int:
        """How many postings the base has carried out for the hub."""
        return sum(one["method"] == "Post" for one in self.sandbox.writes(INVOICES))

    def say(self, comment: str) -> None:
        """A manager changes it here."""
        sql = "UPDATE crm.invoice SET comment = :comment WHERE id = :id"
        self.company.execute(sql, id=self.key, comment=comment)

    def live_on(self) -> None:
        """The next lives of the hub, until it has no more to do."""
        for _time in range(3):
            self.company.now()
            settle(self.hub, 1)
            run(self.hub, "accounting")


@pytest.fixture
def entered(hub: Hub, company: Company, sandbox: Neighbours, environment: Environment) -> Entered:
    """Its posting was lost; a manager changed it; the hub died between the PATCH and its note."""
    key = company.bill(company.deal())
    sandbox.fault("drop_before", path="/Post")
    settle(hub, 1)
    [row] = sandbox.rows(INVOICES)
    with hub.engine.connect() as connection:
        assert outbox.posting_before(connection, "onec", key) == row["DataVersion"]
    found = Entered(hub, company, sandbox, key, row["Ref_Key"])
    found.say(WORD)
    company.now()
    life = context.Process(target=die_of_a_change, args=(environment.model_dump(mode="json"),))
    life.start()
    life.join()
    assert life.exitcode == -signal.SIGKILL
    assert found.comments == (WORD, WORD)
    assert (found.there["Posted"], found.posted) == (False, 0)
    return found


def die_of_a_change(environment: dict[str, Any]) -> None:
    """A life of the hub that ends as soon as 1C has answered to a change."""
    change = ODataBase.update

    def fatal(*given: Any, **told: Any) -> None:
        change(*given, **told)
        os.kill(os.getpid(), signal.SIGKILL)

    ODataBase.update = fatal  # type: ignore[assignment,method-assign]
    with open_hub(Environment(**environment)) as hub:
        settle(hub)


@pytest.mark.requirement("R27", "R28")
def test_an_invoice_that_the_hub_changed_and_died_of_is_posted_once_as_the_manager_left_it(
    entered: Entered,
) -> None:
    entered.live_on()
    assert (entered.there["Posted"], entered.posted) == (True, 1)
    assert entered.comments == (WORD, WORD)
    invoice = entered.company.invoice(entered.key)
    assert (invoice.accounting, invoice.posted) == ("entered", True)
    assert entered.company.conflicts() == []
    assert entered.company.set_aside() == []


@pytest.mark.requirement("R27", "R28")
def test_once_posted_after_a_death_it_stays_unposted_when_the_accountant_takes_that_back(
    entered: Entered,
) -> None:
    entered.live_on()
    entered.sandbox.onec.post(f"{INVOICES}(guid'{entered.ref}')/Unpost").raise_for_status()
    entered.say(LATER)
    entered.live_on()
    assert (entered.there["Posted"], entered.posted) == (False, 1)
    assert entered.comments == (LATER, LATER)
    assert entered.company.invoice(entered.key).posted is False
