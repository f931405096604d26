"""Rules and time on a real store: delays decided anew, terms that pass, caps and quiet hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from tests.flow.test_triggers_actions import HEAD
from tests.flow.trigger_company import FRIDAY, Company

from provodka.connectors.crm_store.journal import attribute
from provodka.dashboards.reports.catalog import run
from provodka.dashboards.results import ReportQuery
from provodka.flows.history import ORIGIN as HISTORY
from provodka.flows.reports import refresh_reports
from provodka.trigger_rules.book import RuleBook

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REMIND = """
robots:
  - name: remind
    title: Напомнить
    stage: second
    %s
    do:
      - create_task: {subject: Напомнить}
        %s
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def company(store: Engine, folder: Path, rules: str, **values: Any) -> Company:
    path = folder / "rules.yaml"
    path.write_text(HEAD + rules, encoding="utf-8")
    return Company(store, RuleBook.load([path]), **values)


def rewritten(one: Company, folder: Path, rules: str) -> None:
    path = folder / "rules.yaml"
    path.write_text(HEAD + rules, encoding="utf-8")
    one.book = RuleBook.load([path])


def deal(one: Company, **values: Any) -> UUID:
    return one.deal(**{"scenario": "sales", "stage": "second", **values})


def waiting(one: Company) -> list[Any]:
    return one.rows("SELECT state, why, due_at FROM hub.waiting ORDER BY created_at")


def later(one: Company, by: timedelta) -> None:
    one.now += by
    one.strike()
    one.react()


def reminded(one: Company) -> int:
    return len(one.rows("SELECT FROM crm.task WHERE subject = 'Напомнить'"))


def test_a_delayed_action_acts_once_when_its_time_comes(store: Engine, folder: Path) -> None:
    one = company(store, folder, REMIND % ("", "after: {hours: 4}"))
    deal(one)
    one.react()
    later(one, 3 * HOUR)
    assert reminded(one) == 0
    later(one, HOUR)
    later(one, HOUR)
    assert reminded(one) == 1
    assert [row.state for row in waiting(one)] == ["done"]


def test_working_hours_are_counted_over_the_weekend(store: Engine, folder: Path) -> None:
    one = company(store, folder, REMIND % ("", "after: {working_hours: 4}"))
    deal(one)
    one.react()
    [row] = waiting(one)
    assert row.due_at == datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_a_delayed_action_is_cancelled_when_the_deal_has_left_the_stage(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, REMIND % ("", "after: {hours: 4}"))
    key = deal(one)
    one.react()
    one.update("deal", key, stage="third")
    one.react()
    [row] = waiting(one)
    assert (row.state, row.why) == ("cancelled", "сделка ушла с этого этапа")
    later(one, 5 * HOUR)
    assert reminded(one) == 0


def test_a_delayed_action_is_decided_on_the_document_as_it_is_then(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, REMIND % ("if: deal.amount > 100", "after: {hours: 4}"))
    key = deal(one, amount=500)
    one.react()
    one.update("deal", key, amount=50)
    later(one, 4 * HOUR)
    assert reminded(one) == 0
    assert [(row.state, row.why) for row in waiting(one)] == [
        ("cancelled", "условие больше не верно")
    ]


def test_a_date_that_moves_takes_the_delayed_action_along(store: Engine, folder: Path) -> None:
    one = company(store, folder, REMIND % ("", "before: {of: deal.delivery_at, hours: 2}"))
    key = deal(one, delivery_at=FRIDAY + DAY)
    one.react()
    assert [row.due_at for row in waiting(one)] == [FRIDAY + DAY - 2 * HOUR]
    one.update("deal", key, delivery_at=FRIDAY + 3 * DAY)
    later(one, DAY)
    assert reminded(one) == 0
    assert [row.due_at for row in waiting(one)] == [FRIDAY + 3 * DAY - 2 * HOUR]
    one.update("deal", key, delivery_at=one.now + HOUR)
    one.react()
    assert reminded(one) == 1


def test_a_day_that_the_calendar_has_lost_meanwhile_puts_the_action_off(
    store: Engine, folder: Path
) -> None:
    rules = REMIND % ("", "after: {working_days: 1, at: start}")
    one = company(store, folder, rules)
    deal(one)
    one.react()
    off = """
calendars:
  - code: company
    versions: [{from: 2026-01-01, days_off: [2026-11-23]}]
"""
    rewritten(one, folder, off + rules)
    later(one, 3 * DAY)
    assert reminded(one) == 0
    assert [row.due_at for row in waiting(one)] == [datetime(2026, 11, 24, 4, tzinfo=UTC)]
    later(one, DAY)
    assert reminded(one) == 1


def test_a_rule_that_is_gone_takes_its_delayed_actions_along(store: Engine, folder: Path) -> None:
    one = company(store, folder, REMIND % ("", "after: {hours: 4}"))
    deal(one)
    one.react()
    rewritten(one, folder, "")
    later(one, 5 * HOUR)
    assert (reminded(one), waiting(one)[0].state) == (0, "cancelled")


def test_a_paused_deal_keeps_its_delayed_actions_until_it_resumes(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, REMIND % ("", "after: {hours: 4}"))
    key = deal(one)
    one.react()
    one.update("deal", key, paused_at=FRIDAY, paused_until=FRIDAY + 2 * DAY)
    later(one, DAY)
    assert reminded(one) == 0
    later(one, DAY)
    assert reminded(one) == 1


def test_an_action_at_a_time_waits_for_that_time_of_a_working_day(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, REMIND % ("", "at: '10:00'"))
    deal(one)
    one.react()
    assert [row.due_at for row in waiting(one)] == [datetime(2026, 11, 23, 5, tzinfo=UTC)]


STAYED = """
rules:
  - name: stuck
    title: Застряла
    when: {stage_stayed: second, longer_than: {days: 2}}
    do: [{create_task: {subject: Напомнить, executor: head}}]
"""


@pytest.mark.requirement("R30")
def test_a_deal_that_stays_too_long_is_said_once_for_each_entry(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, STAYED)
    one.strike()
    key = deal(one)
    other = deal(one, stage="first")
    one.execute("UPDATE crm.deal SET stage_entered_at = :at", at=FRIDAY)
    later(one, DAY)
    assert reminded(one) == 0
    later(one, DAY)
    later(one, DAY)
    assert reminded(one) == 1
    one.update("deal", key, stage="first")
    one.update("deal", key, stage="second")
    one.execute("UPDATE crm.deal SET stage_entered_at = :at", at=one.now)
    later(one, 3 * DAY)
    assert reminded(one) == 2
    assert one.rows("SELECT FROM crm.task WHERE deal_id = :id AND rule = 'stuck'", id=other) == []


OVERDUE = """
rules:
  - name: late
    title: Просрочена
    when: task_overdue
    do: [{notify: {to: head, subject: Просрочено, text: '{{ task.subject }}'}}]
"""


@pytest.mark.requirement("R51")
def test_an_overdue_task_is_said_once_and_those_from_before_the_rule_never(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, OVERDUE)
    key = deal(one)
    one.insert("task", subject="Старая", deal_id=key, due_at=FRIDAY - DAY)
    one.insert("task", subject="Новая", deal_id=key, due_at=FRIDAY + HOUR)
    done = one.insert("task", subject="Сделанная", deal_id=key, due_at=FRIDAY + HOUR)
    one.update("task", done, status="done")
    one.strike()
    later(one, 2 * HOUR)
    later(one, HOUR)
    assert [letter.text for letter in one.letters()] == ["Новая"]


def test_a_deadline_that_was_moved_is_overdue_again(store: Engine, folder: Path) -> None:
    one = company(store, folder, OVERDUE)
    one.strike()
    task = one.insert("task", subject="Новая", deal_id=deal(one), due_at=FRIDAY + HOUR)
    later(one, 2 * HOUR)
    one.update("task", task, due_at=FRIDAY + DAY)
    later(one, DAY)
    assert len(one.letters()) == 2


DATED = """
rules:
  - name: dunning
    title: Завтра срок оплаты
    when: {date_reached: invoice, field: due_date, before: {working_days: 1, at: start}}
    if: invoice.paid_amount < invoice.amount
    do: [{create_task: {subject: Напомнить}}]
"""


def test_a_date_of_a_document_is_reached_as_many_working_days_before(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, DATED)
    one.strike()
    one.invoice(deal(one), due_date=date(2026, 11, 30))
    later(one, 6 * DAY)
    assert reminded(one) == 0
    later(one, DAY)
    later(one, DAY)
    assert reminded(one) == 1


SCHEDULE = """
rules:
  - name: weekly
    title: Каждый понедельник
    when: {schedule: deal, cron: '0 9 * * mon'}
    if: deal.stage == "second"
    do: [{create_task: {subject: Напомнить}}]
"""


def test_a_schedule_wakes_for_every_open_deal_and_makes_up_for_one_missed_time(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, SCHEDULE)
    one.strike()
    deal(one)
    deal(one)
    deal(one, stage="first")
    later(one, 2 * DAY)
    assert reminded(one) == 0
    later(one, 9 * DAY)
    assert reminded(one) == 2
    later(one, HOUR)
    assert reminded(one) == 2


SILENT = """
rules:
  - name: quiet
    title: Молчит
    when: {event: client_silent, longer_than: {days: 14}}
    do: [{create_task: {subject: Напомнить}}]
"""


@pytest.mark.parametrize("word", ["call", "message"])
def test_a_client_with_an_open_deal_is_silent_since_the_last_word(
    store: Engine, folder: Path, word: str
) -> None:
    one = company(store, folder, SILENT)
    one.strike()
    deal(one)
    one.execute("UPDATE crm.client SET created_at = :at", at=FRIDAY)
    later(one, 10 * DAY)
    words: dict[str, dict[str, Any]] = {
        "call": {"source": "office", "call_key": "1", "started_at": one.now},
        "message": {"created_at": one.now},
    }
    one.insert(word, direction="incoming", client_id=one.client, **words[word])
    later(one, 13 * DAY)
    assert reminded(one) == 0
    later(one, DAY)
    assert reminded(one) == 1


LOST = """
rules:
  - {name: gone, title: Потерян, when: client_lost,
     do: [{notify: {to: head, subject: Потерян, text: Потерян}}]}
  - {name: back, title: Вернулся, when: client_reactivated,
     do: [{notify: {to: head, subject: Вернулся, text: Вернулся}}]}
"""


def test_a_client_is_lost_three_months_after_the_last_shipment_and_may_come_back(
    store: Engine, folder: Path
) -> None:
    one = company(store, folder, LOST)
    one.book = RuleBook.load([_without_scenario(folder, LOST)])
    one.strike()
    one.update("client", one.client, responsible_id=one.manager)
    one.insert("shipment", client_id=one.client, posted=True, date=FRIDAY)
    later(one, 91 * DAY)
    assert one.letters() == []
    later(one, 2 * DAY)
    assert [letter.subject for letter in one.letters()] == ["Потерян"]
    one.insert("shipment", client_id=one.client, posted=True, date=one.now)
    later(one, HOUR)
    later(one, HOUR)
    assert [letter.subject for letter in one.letters()] == ["Потерян", "Вернулся"]


def test_the_event_names_whom_the_report_of_lost_clients_lists(store: Engine, folder: Path) -> None:
    one = company(store, folder, LOST)
    one.book = RuleBook.load([_without_scenario(folder, LOST)])
    one.now = datetime(2026, 1, 12, 9, tzinfo=UTC)
    one.strike()
    goods = one.insert("product", name="Вода", kind="goods")
    service = one.insert("product", name="Подъем", kind="service")
    bought = {
        "Клен": [(10, goods), (90, goods)],
        "Ива": [(10, goods), (200, goods)],
        "Дуб": [(10, goods), (150, service)],
        "Вяз": [(170, goods)],
        "Ель": [],
    }
    clients = {name: one.insert("client", name=name) for name in bought}
    _merged(one, "Береза", goods)
    begun = one.now
    for since, until in ((0, 120), (120, 201)):
        for name, orders in bought.items():
            for days, product in orders:
                if since <= days < until:
                    _order(one, clients[name], begun + days * DAY, product)
        one.now = begun + until * DAY
        one.strike()
    query = ReportQuery(datetime(2026, 1, 1, tzinfo=UTC), one.now)
    refresh_reports(one.engine)
    with one.engine.connect() as connection:
        rows = run(connection, "lost_clients", query).table("lost_payers").rows
    listed = Counter(str(row[0]) for row in rows)
    told = Counter(
        row.name
        for row in one.rows(
            "SELECT c.name FROM crm.signal s JOIN crm.client c ON c.id = s.about"
            " WHERE s.name = 'client_lost'"
        )
    )
    assert told == listed == Counter(["Клен", "Ива", "Дуб", "Береза"])
    back = one.rows("SELECT about FROM crm.signal WHERE name = 'client_reactivated'")
    assert len(back) == 1


def _order(one: Company, client: UUID, at: datetime, product: UUID) -> None:
    order = one.insert(
        "order", client_id=client, status="delivered", completed_at=at, ordered_at=at
    )
    one.execute(
        "INSERT INTO crm.order_lines (order_id, line, product_id, item_kind, quantity, price)"
        " VALUES (:order, 1, :product, 'вода', 1, 1)",
        order=order,
        product=product,
    )


def _merged(one: Company, name: str, product: UUID) -> None:
    """A client whose first purchase was entered under a duplicate of theirs."""
    kept, duplicate = one.insert("client", name=name), one.insert("client", name=f"{name} (2)")
    _order(one, duplicate, one.now + 20 * DAY, product)
    _order(one, kept, one.now + 60 * DAY, product)
    one.update("client", duplicate, merged_into_id=kept, deleted_at=one.now)


def _without_scenario(folder: Path, rules: str) -> Path:
    path = folder / "plain.yaml"
    path.write_text(rules, encoding="utf-8")
    return path


IMPORTED = text("""
    INSERT INTO crm.deal (title, client_id, scenario, stage, stage_entered_at)
    VALUES ('Вода', :client, 'sales', 'second', :at) RETURNING id
""")


@pytest.mark.requirement("R78")
def test_a_deal_that_was_late_before_it_was_imported_wakes_nobody(
    store: Engine, folder: Path
) -> None:
    today = datetime.now(UTC)
    one = company(store, folder, STAYED)
    one.now = today - 10 * DAY
    one.strike()
    with store.begin() as connection:
        attribute(connection, HISTORY)
        for days in (3, 1):
            given = {"client": one.client, "at": today - days * DAY}
            connection.execute(IMPORTED, given)
    one.now = today + 2 * DAY
    assert one.strike()["signals"] == 1
    one.react()
    assert reminded(one) == 1
    later(one, HOUR)
    assert reminded(one) == 1
