"""Letters of the rules go out through the outbox: each to its person, each once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.company import HEAD, Company, run, settle
from tests.e2e.neighbours import Neighbours

from provodka.flows.hub import Hub


@pytest.mark.requirement("R19")
def test_the_first_letter_goes_to_the_client_with_its_attachment(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    company.deal(title="Кулер в приемную")
    settle(hub)
    [letter] = sandbox.letters()
    assert letter["envelope_to"] == company.buyers[0].email
    assert letter["subject"] == "Информационное письмо: Кулер в приемную"
    assert letter["attachments"] == ["Как мы работаем.html"]
    assert company.buyers[0].name in letter["text"]


@pytest.mark.requirement("R22")
@pytest.mark.parametrize(("amount", "alerts"), [("100000.00", 0), ("100000.01", 1)])
def test_the_head_hears_of_a_proposal_above_the_limit_only(
    hub: Hub, company: Company, sandbox: Neighbours, amount: str, alerts: int
) -> None:
    company.propose(company.deal(), amount)
    settle(hub)
    assert sum(times for (to, _s), times in sandbox.subjects().items() if to == HEAD) == alerts


@pytest.mark.requirement("R30")
def test_an_invoice_is_sent_when_its_letter_has_gone_and_not_before(
    hub: Hub, company: Company
) -> None:
    deal = company.deal()
    company.bill(deal, proposal_id=company.propose(deal, "5000.00"))
    run(hub, "triggers")
    [before] = company.rows("SELECT sent_at FROM crm.invoice")
    settle(hub)
    [after] = company.rows("SELECT id, sent_at FROM crm.invoice")
    [letter] = company.rows("SELECT sent_at FROM crm.message WHERE template = 'invoice'")
    assert (before.sent_at, after.sent_at) == (None, letter.sent_at)
    [by] = company.rows("SELECT origin FROM hub.delta WHERE after->>'sent_at' IS NOT NULL"
                        " AND kind = 'invoice'")  # fmt: skip
    assert by.origin == "mail"


def test_an_invoice_whose_letter_was_refused_is_not_sent(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("smtp_reject", path=company.buyers[0].email, count=None)
    deal = company.deal()
    company.bill(deal, proposal_id=company.propose(deal, "5000.00"))
    settle(hub)
    [invoice] = company.rows("SELECT sent_at FROM crm.invoice")
    assert invoice.sent_at is None


@pytest.mark.parametrize("repeat", ["cursor", "runs"])
def test_reading_the_journal_again_sends_nothing_again(
    hub: Hub, company: Company, sandbox: Neighbours, repeat: str
) -> None:
    deal = company.deal()
    company.bill(deal, proposal_id=company.propose(deal, "200000.00"))
    settle(hub)
    before = sandbox.subjects()
    if repeat == "cursor":
        company.execute("DELETE FROM hub.cursor")
    for _time in range(2):
        run(hub, "triggers", "invoices", "outbox")
    assert sandbox.subjects() == before
    assert set(before.values()) == {1}


def test_a_letter_taken_by_the_server_and_not_yet_noted_is_not_sent_again(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    """As if killed between the server's word and the note of it."""
    company.deal()
    settle(hub)
    company.execute(
        "UPDATE hub.outbox SET state = 'sending', settled_at = NULL, result = NULL;"
        " UPDATE crm.message SET status = 'queued', message_id = NULL, sent_at = NULL"
    )
    company.now("mail")
    settle(hub)
    assert list(sandbox.subjects().values()) == [1]
    [letter] = company.rows("SELECT * FROM crm.message")
    assert (letter.status, letter.message_id) == ("sent", sandbox.letters()[0]["message_id"])


def test_a_refused_letter_is_marked_for_people_and_others_go_out(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("smtp_reject", path=company.buyers[0].email, count=None)
    company.deal()
    company.deal()
    settle(hub)
    letters: list[Any] = company.rows("SELECT recipient, status FROM crm.message")
    refused, fine = (one.email for one in company.buyers[:2])
    assert {row.recipient: row.status for row in letters} == {refused: "failed", fine: "sent"}
    dead = next(one for one in company.errands("mail") if one.state == "dead")
    assert "550" in dead.trouble["found"]
    assert dead.trouble["next_step"]
