"""The other side did it, and the answer never came: everything still lands once."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.company import Company, settle
from tests.e2e.conftest import reopened
from tests.e2e.neighbours import INVOICES, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.settings import Environment


def posts(sandbox: Neighbours) -> int:
    """How many invoices the hub has created in 1C."""
    creates = [one for one in sandbox.writes(INVOICES) if one["method"] == "POST"]
    return len({one["ref"] for one in creates})


def landed_once(company: Company, sandbox: Neighbours, key: Any) -> bool:
    """Whether the invoice is in 1C once, posted, and known here as entered."""
    theirs = sandbox.invoice(company.number(key))
    bound = company.value("SELECT external_key FROM hub.binding WHERE document = :key", key=key)
    assert (posts(sandbox), theirs["Posted"], bound) == (1, True, theirs["Ref_Key"])
    assert company.invoice(key).accounting == "entered"
    return not company.set_aside() and not company.conflicts()


@pytest.mark.requirement("R27")
def test_an_invoice_appears_in_1c_as_it_is_here(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    key = company.bill(company.deal(), "12345.67")
    settle(hub)
    theirs = sandbox.invoice(company.number(key))
    assert theirs["Комментарий"].endswith("До подъезда")
    assert str(theirs["СуммаДокумента"]) == "12345.67"
    assert landed_once(company, sandbox, key)


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "error500", "unavailable503"])
@pytest.mark.parametrize("path", [f"{INVOICES}?", "/Post"])
def test_trouble_in_the_middle_of_a_write_leaves_one_posted_invoice(
    hub: Hub, company: Company, sandbox: Neighbours, kind: str, path: str
) -> None:
    sandbox.fault(kind, method="POST", path=path)
    key = company.bill(company.deal())
    for _time in range(3):
        settle(hub, 1)
        company.now()
    assert landed_once(company, sandbox, key)


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("path", [f"{INVOICES}?", "/Post"])
def test_a_password_refused_in_the_middle_of_a_write_leaves_one_posted_invoice(
    hub: Hub, company: Company, sandbox: Neighbours, path: str
) -> None:
    sandbox.fault("unauthorized", method="POST", path=path)
    key = company.bill(company.deal())
    for _time in range(2):
        settle(hub, 1)
        company.now()
    assert landed_once(company, sandbox, key)


@pytest.mark.requirement("R27")
def test_a_base_that_dies_right_after_writing_and_refuses_us_at_first_has_one_invoice(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("drop_after", method="POST")
    sandbox.fault("unauthorized", method="GET", path="substringof")
    key = company.bill(company.deal())
    settle(hub, 1)
    assert company.invoice(key).accounting == "queued"
    company.now()
    settle(hub, 1)
    assert landed_once(company, sandbox, key)


@pytest.mark.requirement("R27")
def test_a_base_that_dies_right_after_writing_and_comes_back_has_one_invoice(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("drop_after", method="POST")
    sandbox.fault("drop_before", method="GET", path="substringof", count=8)
    key = company.bill(company.deal())
    settle(hub, 1)
    [errand] = company.errands()
    assert (errand.state, errand.trouble["code"]) == ("sending", "unknown_outcome")
    for _time in range(3):
        company.now()
        settle(hub, 1)
    assert landed_once(company, sandbox, key)


def test_what_a_manager_changed_while_the_answer_was_lost_reaches_1c(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("drop_after", method="POST")
    sandbox.fault("drop_before", method="GET", path="substringof", count=4)
    key = company.bill(company.deal())
    settle(hub, 1)
    company.execute("UPDATE crm.invoice SET comment = 'К воротам', date = date - interval '3 days'")
    for _time in range(3):
        company.now()
        settle(hub, 1)
    assert sandbox.invoice(company.number(key))["Комментарий"].endswith("К воротам")
    assert landed_once(company, sandbox, key)


def test_a_letter_whose_answer_was_lost_is_sent_once(
    hub: Hub, company: Company, sandbox: Neighbours
) -> None:
    sandbox.fault("smtp_drop_after")
    company.deal()
    settle(hub, 1)
    company.now("mail")
    settle(hub, 1)
    assert list(sandbox.subjects().values()) == [1]
    [letter] = company.rows("SELECT * FROM crm.message")
    assert letter.status == "sent"
    assert letter.message_id == sandbox.letters()[0]["message_id"]


def test_a_letter_that_cannot_be_looked_up_waits_for_a_person(
    hub: Hub, company: Company, sandbox: Neighbours, environment: Environment
) -> None:
    config = environment.config.read_text(encoding="utf-8").splitlines()
    blind = "\n".join(line for line in config if not line.startswith("  imap:"))
    environment.config.write_text(blind, encoding="utf-8")
    sandbox.fault("smtp_drop_after")
    company.deal()
    with reopened(environment) as without_imap:
        for _time in range(3):
            settle(without_imap, 1)
            company.now("mail")
    [letter] = company.rows("SELECT * FROM crm.message")
    [errand] = company.errands("mail")
    assert (letter.status, errand.state) == ("unsure", "dead")
    assert "ответ почтового сервера потерян" in errand.trouble["found"]
    assert "mail.imap" in errand.trouble["expected"]
    assert "проверьте, ушло ли письмо" in errand.trouble["next_step"]
    assert list(sandbox.subjects().values()) == [1]


@pytest.mark.parametrize(("kind", "state"), [("smtp_defer", "delivered"), ("smtp_reject", "dead")])
def test_a_recipient_turned_away_for_now_gets_the_letter_and_for_good_does_not(
    hub: Hub, company: Company, sandbox: Neighbours, kind: str, state: str
) -> None:
    sandbox.fault(kind)
    company.deal()
    for _time in range(3):
        settle(hub, 1)
        company.now("mail")
    [errand] = company.errands("mail")
    assert errand.state == state
    assert sum(sandbox.subjects().values()) == (state == "delivered")
