"""What the rules' stream promises whatever happens around it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store import journal, quarantine
from provodka.flows.triggers.apply import STREAM, apply_deltas, ensure_planned
from provodka.flows.triggers.publishing import AT_WORK, LOCK
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.trigger_rules.book import RULES, RuleBook


@pytest.fixture
def company(store: Engine) -> Company:
    return Company(store)


class Killed(Exception):
    """The process dies here."""


@contextmanager
def killed_at(engine: Engine, statement: int) -> Iterator[Counter[str]]:
    """The connection breaks off before its n-th statement."""
    seen: Counter[str] = Counter()

    def count(*_given: Any) -> None:
        seen["statements"] += 1
        if seen["statements"] == statement:
            raise Killed

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


def rules(tmp_path: Path, text: str) -> RuleBook:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return RuleBook.load([path])


def test_reading_the_journal_again_repeats_nothing(company: Company) -> None:
    deal = company.deal(stage="proposal")
    company.proposal(deal, "150000.00")
    company.react()
    before = company.rows(
        "SELECT (SELECT count(*) FROM hub.effect), (SELECT count(*) FROM hub.delta)"
    )
    company.execute("DELETE FROM hub.cursor")
    company.react()
    after = company.rows(
        "SELECT (SELECT count(*) FROM hub.effect), (SELECT count(*) FROM hub.delta)"
    )
    assert after == before


def test_what_another_process_is_at_is_left_to_it_and_done_later(company: Company) -> None:
    company.deal()
    with company.engine.begin() as other:
        other.execute(LOCK)
        assert not company.react(leave_to_others=True)
    assert company.react(leave_to_others=True)["effects"] > 0


def test_whoever_lives_to_apply_the_rules_at_once_is_left_to_it_unless_it_stands_still(
    company: Company,
) -> None:
    company.deal()
    company.react()
    company.deal()
    with company.engine.connect() as lane:
        lane.execute(text(AT_WORK))
        assert not company.react(leave_to_others=True)
        company.execute("UPDATE hub.cursor SET moved_at = now() - interval '2 minutes'")
        assert company.react(leave_to_others=True)["effects"] > 0


def test_a_round_with_nothing_new_asks_the_store_three_times(company: Company) -> None:
    """Every page of changes pays for it, and with it whoever waits for the rules."""
    company.deal()
    company.react()
    with killed_at(company.engine, 0) as seen:
        company.react()
    assert seen["statements"] == 3


@pytest.mark.requirement("R29")
def test_a_crash_before_any_statement_leaves_every_effect_exactly_once(company: Company) -> None:
    deals = 0
    for statement in range(1, 200):
        deal = company.deal(stage="proposal")
        company.proposal(deal, "150000.00")
        deals += 1
        with killed_at(company.engine, statement) as seen:
            try:
                company.react()
            except Killed:
                pass
            else:
                break
        company.react()
        assert len(company.tasks(deal)) == 1
        assert len(company.letters("big_proposal")) == deals
    assert 20 < seen["statements"] < statement
    keys = company.rows("SELECT count(*), count(DISTINCT key) FROM hub.outbox")
    assert keys == [(deals, deals)]


def test_deltas_of_one_page_see_the_effects_of_earlier_ones(company: Company) -> None:
    deal = company.deal(stage="info_letter")
    company.proposal(deal, "1.00")
    company.proposal(deal, "2.00")
    company.react()
    assert company.stage(deal) == "invoice"


def test_small_pages_and_one_big_page_give_the_same(company: Company) -> None:
    deals = [company.deal() for _number in range(3)]
    for deal in deals:
        invoice = company.invoice(deal, proposal_id=company.proposal(deal))
        company.pay(invoice)
        company.ship(invoice)
    company.react(page=1)
    assert [company.stage(deal) for deal in deals] == ["won"] * 3


def test_an_invoice_written_in_several_statements_is_seen_whole(company: Company) -> None:
    deal = company.deal(stage="proposal")
    company.execute(
        "WITH p AS (INSERT INTO crm.proposal (deal_id, client_id, amount)"
        " VALUES (:deal, :client, 0) RETURNING id) SELECT id FROM p",
        deal=deal,
        client=company.client,
    )
    with company.engine.begin() as connection:
        given = {"deal": deal, "client": company.client}
        connection.execute(
            text(
                "INSERT INTO crm.proposal (id, deal_id, client_id, amount) VALUES"
                " ('00000000-0000-7000-8000-000000000001', :deal, :client, 0)"
            ),
            given,
        )
        connection.execute(
            text(
                "UPDATE crm.proposal SET amount = 200000"
                " WHERE id = '00000000-0000-7000-8000-000000000001'"
            )
        )
    company.react()
    assert len(company.letters("big_proposal")) == 1


@pytest.mark.requirement("R22")
def test_a_rule_judges_what_happened_and_not_what_became_of_it_later(company: Company) -> None:
    proposal = company.proposal(company.deal(stage="proposal"), "150000.00")
    company.update("proposal", proposal, amount=90000)
    company.react()
    [letter] = company.letters("big_proposal")
    assert "150 000,00" in letter.subject.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.requirement("R29")
def test_an_open_deal_gets_a_next_step_when_its_last_task_is_done(company: Company) -> None:
    deal = company.deal()
    company.react()
    company.execute("UPDATE crm.task SET status = 'done'")
    company.react()
    assert company.tasks(deal) == ["Связаться с клиентом и договориться о следующем шаге"]
    company.execute("UPDATE crm.task SET status = 'done'")
    company.react()
    assert len(company.tasks(deal)) == 1


@pytest.mark.requirement("R29")
def test_a_planned_meeting_is_a_next_step_too(company: Company) -> None:
    deal = company.deal()
    company.insert(
        "interaction", deal_id=deal, kind="meeting", direction="outgoing", status="planned",
        at=company.now,
    )  # fmt: skip
    company.react()
    company.execute("UPDATE crm.task SET status = 'done'")
    company.react()
    assert company.tasks(deal) == []


@pytest.mark.requirement("R29")
def test_the_sweep_plans_for_deals_that_the_journal_has_passed(company: Company) -> None:
    deal = company.deal()
    company.react()
    company.execute(
        "ALTER TABLE crm.task DISABLE TRIGGER USER; DELETE FROM crm.task;"
        " ALTER TABLE crm.task ENABLE TRIGGER USER"
    )
    assert ensure_planned(company.engine, company.book, company.calendar, company.now) == Counter(
        planned=1
    )
    assert len(company.tasks(deal)) == 1
    assert not ensure_planned(company.engine, company.book, company.calendar, company.now)[
        "planned"
    ]


def test_the_sweep_leaves_deals_that_the_rules_have_not_read_to_them(company: Company) -> None:
    deal = company.deal()
    ensure_planned(company.engine, company.book, company.calendar, company.now)
    assert company.tasks(deal) == []


def test_a_client_without_an_address_does_not_stop_the_others(company: Company) -> None:
    company.execute("UPDATE crm.client SET email = NULL")
    deal = company.deal()
    counts = company.react()
    assert counts["set_aside"] == 1
    [aside] = company.set_aside()
    assert aside.code == "no_client_email:greet_client"
    assert "client.email" in aside.found
    assert company.tasks(deal) == ["Перезвонить клиенту"]


def test_what_was_set_aside_is_made_up_for_once_it_is_mended(company: Company) -> None:
    company.execute("UPDATE crm.client SET email = NULL")
    deal = company.deal()
    company.react()
    [aside] = company.set_aside()
    company.execute("UPDATE crm.client SET email = 'new@landysh.test'")
    for _time in range(2):
        with company.engine.begin() as connection:
            quarantine.heal(connection, STREAM, [aside.external_key])
            delta = journal.delta_by_id(connection, int(aside.external_key))
            assert delta is not None
            apply_deltas(connection, company.book, company.calendar, company.now, [delta])
    assert [row.recipient for row in company.letters()] == ["new@landysh.test"]
    assert company.set_aside() == []
    assert len(company.tasks(deal)) == 1


def test_a_value_that_the_store_refuses_sets_one_effect_aside(
    company: Company, tmp_path: Path
) -> None:
    company.book = rules(
        tmp_path,
        "rules:\n- {name: bad, title: т, when: proposal_posted, do: ["
        "{set_field: {document: proposal, field: currency, value: '(proposal.comment ?? \"\")'}},"
        "{set_field: {document: proposal, field: number, value: '\"Х\"'}},"
        "{create_task: {subject: Дальше}}]}",
    )
    company.execute("ALTER TABLE crm.proposal ADD CONSTRAINT no_x CHECK (number <> 'Х')")
    deal = company.deal()
    company.proposal(deal)
    company.react()
    [aside] = company.set_aside()
    assert aside.code == "store_refused:bad"
    assert company.tasks(deal) == ["Дальше"]


def test_rules_that_wake_each_other_stop_and_are_reported(company: Company, tmp_path: Path) -> None:
    company.book = rules(
        tmp_path,
        "rules:\n- {name: grow, title: т, when: {document_changed: deal},"
        " at_most: {times: 100, within: {days: 1}}, do: ["
        "{set_field: {document: deal, field: amount, value: deal.amount + 1}}]}",
    )
    deal = company.deal()
    company.react()
    company.update("deal", deal, title="Другое")
    company.react()
    [aside] = company.set_aside()
    assert aside.code == "rules_loop"
    assert company.rows("SELECT amount FROM crm.deal")[0].amount == 8


def test_effects_say_who_made_them_and_because_of_what(company: Company) -> None:
    company.proposal(company.deal(stage="proposal"))
    company.react()
    [posted] = company.rows("SELECT id FROM hub.delta WHERE kind = 'proposal'")
    [moved] = company.rows(
        "SELECT origin, cause, depth FROM hub.delta WHERE kind = 'deal'"
        " AND after->>'stage' = 'invoice'"
    )
    assert (moved.origin, moved.cause, moved.depth) == ("rule:proposal_next_stage", posted.id, 1)


def test_two_runners_at_once_do_everything_once(company: Company) -> None:
    for _number in range(5):
        company.proposal(company.deal(stage="proposal"), "150000.00")
    runners = [threading.Thread(target=company.react) for _number in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert len(company.letters("big_proposal")) == 5


def test_deals_of_another_scenario_are_left_alone(company: Company) -> None:
    company.execute(
        "INSERT INTO crm.scenario VALUES ('other', 'Другой', '1');"
        "INSERT INTO crm.stage VALUES ('other', 'info_letter', 'Первый', 1, 'open')"
    )
    company.deal(scenario="other")
    company.deal(kind="unstaged", scenario=None, stage=None)
    company.react()
    assert company.letters() == []
    assert company.rows("SELECT * FROM crm.task") == []


def test_a_payment_for_two_deals_is_an_event_of_each(company: Company, tmp_path: Path) -> None:
    company.book = rules(
        tmp_path,
        "rules:\n- {name: thanks, title: т, when: payment_unposted, do: ["
        "{create_task: {subject: Проверить}},"
        " {notify: {to: head, subject: Сторно, text: Смотрите}}]}",
    )
    deals = [company.deal(), company.deal()]
    payment = company.pay(company.invoice(deals[0], "1.00"), "1.00")
    company.execute(
        "INSERT INTO crm.payment_allocations (payment_id, line, invoice_id, amount)"
        " VALUES (:payment, 2, :invoice, 1)",
        payment=payment,
        invoice=company.invoice(deals[1], "1.00"),
    )
    company.react()
    company.update("payment", payment, posted=False)
    company.react()
    assert [company.tasks(deal) for deal in deals] == [["Проверить"], ["Проверить"]]
    assert [letter.subject for letter in company.letters()] == ["Сторно", "Сторно"]


def test_scenarios_are_written_once_and_follow_their_file(company: Company, tmp_path: Path) -> None:
    text = (RULES / "romashka.yaml").read_text(encoding="utf-8")
    changed = rules(tmp_path, text.replace("name: Отгрузка", "name: Доставка"))
    for book in (company.book, changed, changed):
        with company.engine.begin() as connection:
            sync_scenarios(connection, book)
    names = company.rows("SELECT code, name, rank, kind FROM crm.stage ORDER BY rank")
    assert names[3] == ("shipment", "Доставка", 4, "open")
    assert [row.kind for row in names] == ["open"] * 4 + ["won", "lost"]
    [row] = company.rows("SELECT count(*) FROM hub.rule_version WHERE name = 'deal_won'")
    assert row == (1,)
