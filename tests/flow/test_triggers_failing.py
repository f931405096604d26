"""A rule that keeps failing is set aside, switched off loudly, and switched on by a person."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs
from tests.flow.test_triggers_time import HOUR, company, deal, later, waiting
from tests.flow.trigger_company import Company

from provodka.dashboards.insight.history import beside
from provodka.flows.triggers.apply import apply_deltas
from provodka.flows.triggers.failing import enable, read_health
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.health import MOST_FAILURES

RULES = """
rules:
  - name: greet
    title: Сообщение клиенту
    when: {document_changed: deal, field: amount}
    do: [{send_message: {to: client, by: sms, text: Здравствуйте}}]
  - name: note
    title: Задача рядом
    when: {document_changed: deal, field: amount}
    do: [{create_task: {subject: Рядом}}]
"""


def change(one: Company, key: UUID, times: int) -> None:
    """The deal's amount changes, each time by itself."""
    [row] = one.rows("SELECT amount FROM crm.deal WHERE id = :id", id=key)
    for number in range(1, times + 1):
        one.update("deal", key, amount=row.amount + number)
    one.react()


@pytest.fixture
def failing(store: Engine, tmp_path: Path) -> tuple[Company, UUID]:
    one = company(store, tmp_path, RULES)
    key = deal(one)
    one.react()
    return one, key


def health(one: Company) -> object:
    with one.engine.connect() as connection:
        return read_health(connection).get("greet")


def messages(one: Company) -> int:
    return len(one.rows("SELECT FROM crm.message WHERE channel = 'sms'"))


def test_ten_failures_in_a_row_switch_a_rule_off_and_others_go_on(
    failing: tuple[Company, UUID],
) -> None:
    one, key = failing
    with capture_logs() as logs:
        change(one, key, MOST_FAILURES + 3)
    assert len(one.set_aside()) == MOST_FAILURES
    assert one.tasks(key).count("Рядом") == MOST_FAILURES + 3
    told = [entry for entry in logs if entry["event"] == "rule_disabled"]
    assert [(entry["rule"], entry["log_level"]) for entry in told] == [("greet", "error")]
    one.update("client", one.client, phone="+79990000001")
    change(one, key, 1)
    assert messages(one) == 0


def test_a_success_between_failures_begins_the_count_anew(failing: tuple[Company, UUID]) -> None:
    one, key = failing
    change(one, key, MOST_FAILURES - 1)
    one.update("client", one.client, phone="+79990000001")
    change(one, key, 1)
    assert messages(one) == 1
    assert health(one) is None
    one.update("client", one.client, phone=None)
    change(one, key, MOST_FAILURES - 1)
    one.update("client", one.client, phone="+79990000001")
    change(one, key, 1)
    assert messages(one) == 2


def test_a_person_switches_the_rule_on_and_it_works_again(failing: tuple[Company, UUID]) -> None:
    one, key = failing
    change(one, key, MOST_FAILURES)
    one.update("client", one.client, phone="+79990000001")
    with one.engine.begin() as connection:
        assert enable(connection, "greet")
    change(one, key, 1)
    assert messages(one) == 1


def test_another_version_of_a_switched_off_rule_works(
    failing: tuple[Company, UUID], tmp_path: Path
) -> None:
    one, key = failing
    change(one, key, MOST_FAILURES)
    one.update("client", one.client, phone="+79990000001")
    file = tmp_path / "second.yaml"
    file.write_text(RULES.replace("Здравствуйте", "Добрый день"), encoding="utf-8")
    one.book = RuleBook.load([file])
    change(one, key, 1)
    assert messages(one) == 1


def test_a_person_may_try_again_what_a_switched_off_rule_could_not_do(
    failing: tuple[Company, UUID],
) -> None:
    one, key = failing
    change(one, key, MOST_FAILURES)
    one.update("client", one.client, phone="+79990000001")
    with one.engine.begin() as connection:
        numbers = [int(row.external_key) for row in one.set_aside()]
        deltas = beside(connection, numbers)
        apply_deltas(connection, one.book, one.calendar, one.now, deltas)
    assert messages(one) == MOST_FAILURES
    assert health(one) is not None


def test_what_a_switched_off_rule_put_off_waits_for_it(store: Engine, tmp_path: Path) -> None:
    delayed = RULES.replace("text: Здравствуйте}}", "text: Здравствуйте}, after: {hours: 1}}")
    one = company(store, tmp_path, delayed)
    key = deal(one)
    change(one, key, MOST_FAILURES + 1)
    later(one, 2 * HOUR)
    states = [row.state for row in waiting(one)]
    assert states.count("cancelled") == MOST_FAILURES
    assert states.count("waiting") == 1
    one.update("client", one.client, phone="+79990000001")
    with one.engine.begin() as connection:
        enable(connection, "greet")
    later(one, 2 * HOUR)
    assert messages(one) == 1
