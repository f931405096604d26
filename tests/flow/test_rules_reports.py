"""Rules send reports: computed as an errand, a letter to each address, once for each period."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store import claims
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.report_courier import ReportCourier
from provodka.flows.hub import Hub
from provodka.flows.settings import HubSettings
from provodka.foundation.located_yaml import parse_yaml
from provodka.trigger_rules.book import RuleBook

FIRST = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
ON_SCHEDULE = """
rules:
  - name: month_results
    title: Первое число — итоги месяца
    when: {schedule: department, cron: '0 9 1 * *'}
    do: [{send_report: {report: calls, role: head, to: [Owner@romashka.test, head@romashka.test]}}]
"""
OWN = """
rules:
  - name: own
    title: Сотруднику — его звонки
    when: {document_changed: employee, field: phone}
    do:
      - send_report:
          {report: calls, period: yesterday, to: employee, format: csv,
           where: {operator: '%s'}}
"""
LETTERS = """
    SELECT m.recipient, m.subject, f.name, f.sha256, d.origin, d.cause FROM crm.message m
    JOIN hub.message_file f ON f.message_id = m.id
    JOIN hub.outbox o ON o.document = m.id AND o.target = 'mail'
    JOIN hub.delta d ON d.document = m.id AND d.op = 'insert' ORDER BY 1
"""


@pytest.fixture
def hub(store: Engine, tmp_path: Path) -> Hub:
    settings = HubSettings.model_validate(
        {"company": {"name": "Ромашка", "inn": "7707083893", "zone": "Europe/Moscow"}}
    )
    source = parse_yaml("company: {}", Path("hub.yaml"))
    return Hub(settings, source, tmp_path, store, None, None, None, clock=lambda: FIRST)


def company(store: Engine, folder: Path, rules: str) -> Company:
    path = folder / "rules.yaml"
    path.write_text(rules, encoding="utf-8")
    return Company(store, RuleBook.load([path]))


def delivered(hub: Hub) -> Counter[str]:
    return deliver(hub.engine, ReportCourier(hub))


def test_a_report_goes_to_a_list_and_a_role_once_however_many_documents_wake_the_rule(
    hub: Hub, store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path, ON_SCHEDULE)
    one.insert("department", name="Продажи")
    one.insert("department", name="Склад")
    one.strike()
    one.now = FIRST
    assert one.strike() == {"signals": 2}
    one.react()
    skipped = "SELECT FROM hub.effect WHERE made ->> 'skipped' = 'sent_already'"
    assert len(one.rows(skipped)) == 1
    assert delivered(hub) == {"delivered": 1}
    assert delivered(hub) == {}
    head, owner = one.rows(LETTERS)
    assert (head.recipient, owner.recipient) == ("head@romashka.test", "owner@romashka.test")
    assert head.subject == "Ромашка: Звонки, с 01.11.2026 по 30.11.2026"
    assert (head.origin, head.name) == ("rule:month_results", "calls.xlsx")
    content = (tmp_path / "files" / head.sha256[:2] / head.sha256).read_bytes()
    assert "Звонки" in load_workbook(io.BytesIO(content)).sheetnames


def test_a_courier_killed_before_its_end_leaves_no_letter_and_the_next_sends_one(
    hub: Hub, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = company(store, tmp_path, OWN % "{{ employee.id }}")
    one.update("employee", one.manager, phone="+79161234567")
    one.react()

    def dies(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(claims, "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            delivered(hub)
    assert one.rows(LETTERS) == []
    assert delivered(hub) == {"delivered": 1}
    [letter] = one.rows(LETTERS)
    assert (letter.recipient, letter.name) == ("manager@romashka.test", "calls.csv")
    [cause] = one.rows("SELECT id FROM hub.delta WHERE kind = 'employee' AND op = 'update'")
    assert letter.cause == cause.id


def test_an_address_among_several_lists_gets_one_letter(
    hub: Hub, store: Engine, tmp_path: Path
) -> None:
    rules = OWN.replace("to: employee", "to: [employee, owner@romashka.test]")
    one = company(store, tmp_path, rules.replace("'%s'", "'Громова'"))
    one.update("employee", one.manager, phone="+79161234567")
    one.update("employee", one.head, phone="+79161234568")
    one.react()
    assert delivered(hub) == {"delivered": 2}
    sent = one.rows("SELECT recipient FROM crm.message ORDER BY 1")
    assert [row.recipient for row in sent] == [
        f"{name}@romashka.test" for name in ("head", "manager", "owner")
    ]


def test_a_filter_that_nobody_bears_ends_its_errand_and_holds_up_no_other(
    hub: Hub, store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path, OWN % "Никто Такой")
    one.update("employee", one.manager, phone="+79161234567")
    one.update("employee", one.head, phone="+79161234568")
    one.react()
    assert delivered(hub) == {"dead": 2}
    [found] = one.rows("SELECT DISTINCT trouble ->> 'found' AS said FROM hub.outbox")
    assert "Никто Такой" in found.said


def test_a_recipient_without_an_address_sets_the_event_aside(store: Engine, tmp_path: Path) -> None:
    one = company(store, tmp_path, OWN % "{{ employee.name }}")
    courier = one.insert("employee", name="Ветров Петр")
    one.update("employee", courier, phone="+79161234567")
    one.react()
    [aside] = one.set_aside()
    assert "employee.email" in aside.found
