"""What the base has is written over by those alone who have heard what was changed there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.e2e.company import run
from tests.e2e.exchange.talk import ROUND, Talk
from tests.e2e.neighbours import CLIENTS, INVOICES

from provodka.connectors.crm_store import quarantine
from provodka.flows.onec.resolving import Take, resolve
from provodka.flows.planning.rehearsing import rehearse
from provodka.flows.streams import STREAMS
from provodka.foundation.errors import Misunderstood

ODD = Misunderstood("Контрагент", found="это", expected="то", next_step="исправить", code="odd")


class Client:
    """A client of both sides, and what either does to it."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.id: UUID = talk.company.buyers[0].id
        self.ref = str(talk.bound(self.id).external_key)

    def change(self, sql: str) -> None:
        """Somebody changes it here; what follows is not sent by the exchange yet."""
        self.talk.company.execute(f"UPDATE crm.client SET {sql} WHERE id = :id", id=self.id)
        run(self.talk.hub, "triggers", "invoices")

    def there(self) -> Any:
        [row] = self.talk.sandbox.rows(CLIENTS, f"Ref_Key eq guid'{self.ref}'")
        return row


@pytest.fixture
def client(talk: Talk) -> Client:
    talk.round()
    return Client(talk)


@pytest.mark.requirement("R6", "R89")
def test_a_change_goes_only_after_what_was_changed_there_has_been_heard(client: Client) -> None:
    client.change("name = 'Звонить утром'")
    client.talk.sandbox.patch(CLIENTS, client.ref, НаименованиеПолное="Переименован там")
    run(client.talk.hub, "outbox")
    assert client.there()["НаименованиеПолное"] == "Переименован там"
    query = "SELECT full_name FROM crm.client WHERE id = :id"
    assert client.talk.company.value(query, id=client.id) == "Переименован там"


@pytest.mark.requirement("R6", "R89")
def test_a_deletion_here_of_what_was_changed_there_waits_for_a_person(client: Client) -> None:
    client.change("deleted_at = now()")
    client.talk.sandbox.patch(CLIENTS, client.ref, НаименованиеПолное="Переименован там")
    run(client.talk.hub, "outbox")
    assert client.there()["DeletionMark"] is False
    [conflict] = client.talk.company.conflicts()
    assert conflict.field == "deleted_at"
    resolve(client.talk.hub, [conflict.id], "ours", "Орлова")
    run(client.talk.hub, "outbox")
    assert client.there()["DeletionMark"] is True


@pytest.mark.parametrize(("take", "gone"), [("ours", True), ("theirs", False)])
def test_the_deletion_of_an_invoice_which_no_base_speaks_of_is_a_question(
    talk: Talk, take: Take, *, gone: bool
) -> None:
    company = talk.company
    key = company.bill(company.deal())
    talk.round(2)
    company.execute("UPDATE crm.invoice SET deleted_at = now() WHERE id = :key", key=key)
    [planned] = rehearse(talk.hub, [STREAMS[name] for name in ROUND[2:]]).plan.conflicts
    assert (planned.field, planned.ours) == ("deleted_at", True)
    talk.round(2)
    [there] = talk.sandbox.rows(INVOICES)
    assert there["DeletionMark"] is False
    [conflict] = company.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("deleted_at", True, False)
    resolve(talk.hub, [conflict.id], take, "Орлова")
    talk.round(2)
    [there] = talk.sandbox.rows(INVOICES)
    assert there["DeletionMark"] is gone
    assert company.conflicts() == []
    query = "SELECT deleted_at IS NOT NULL FROM crm.invoice WHERE id = :key"
    assert company.value(query, key=key) is gone


def test_what_was_changed_there_and_could_not_be_taken_is_not_written_over(client: Client) -> None:
    talk = client.talk
    with talk.hub.engine.begin() as connection:
        quarantine.set_aside(connection, "onec:client", client.ref, {}, ODD, "v")
    client.change("name = 'Звонить утром'")
    run(talk.hub, "outbox")
    assert client.there()["Description"] != "Звонить утром"
    [errand] = [one for one in talk.company.errands() if one.state == "waiting"]
    assert errand.trouble["code"] == "changed_there"
    with talk.hub.engine.begin() as connection:
        quarantine.heal(connection, "onec:client", [client.ref])
    talk.round()
    assert client.there()["Description"] == "Звонить утром"


def test_while_a_message_waits_for_a_person_new_documents_go_and_known_ones_do_not(
    client: Client,
) -> None:
    talk, company = client.talk, client.talk.company
    strict = {"deletes_max": 0, "deletes_max_share": 0}
    assert talk.hub.settings.onec
    onec = talk.hub.settings.onec.model_copy(update=strict)
    careful = replace(talk.hub, settings=talk.hub.settings.model_copy(update={"onec": onec}))
    other = talk.bound(company.buyers[1].id).external_key
    talk.sandbox.patch(CLIENTS, other, DeletionMark=True)
    client.change("name = 'Звонить утром'")
    company.bill(company.deal())
    run(talk.hub, "triggers", "invoices")
    run(careful, "outbox")
    assert len(talk.invoices()) == 1
    assert client.there()["Description"] != "Звонить утром"
    [errand] = [one for one in company.errands() if one.state == "waiting"]
    assert errand.trouble["code"] == "base_unheard"
    talk.round()
    assert client.there()["Description"] == "Звонить утром"
