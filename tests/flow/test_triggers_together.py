"""Effects written together are those that would have been written one by one, in their order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from tests.flow.test_triggers_time import HOUR, company, later
from tests.flow.trigger_company import Company

from provodka.connectors.crm_store.batches import Why, insert_rows
from provodka.connectors.crm_store.tables.deals import task as tasks
from provodka.flows.triggers import step
from provodka.flows.triggers.performing import Performer
from provodka.foundation.identifiers import uuid7

RULES = """
rules:
  - name: note
    title: Задача по КП
    when: proposal_posted
    do: [{create_task: {subject: По КП}}]
  - name: onwards
    title: КП двигает сделку
    when: proposal_posted
    if: deal.stage == "first" and proposal.amount > 60
    do: [{move_stage: {to: next}}]
  - name: after_it
    title: Задача и сообщение уже на новом этапе
    when: [proposal_posted, proposal_changed]
    do:
      - create_task: {subject: После}
      - set_field: {document: deal, field: expected_revenue, value: proposal.amount}
      - notify: {to: responsible, subject: 'Этап {{ deal.stage }}', text: Сообщение}
  - name: again
    title: То же поле еще раз
    when: proposal_posted
    if: proposal.amount > 90
    do: [{set_field: {document: deal, field: expected_revenue, value: proposal.amount + 1}}]
  - name: seldom
    title: Раз на клиента
    when: proposal_posted
    at_most: {times: 1, per: client, within: {days: 1}}
    do: [{create_task: {subject: Редко}}]
  - name: refused
    title: ИНН, который база не примет
    when: {document_changed: deal, field: amount}
    if: deal.amount < 50
    do: [{set_field: {document: client, field: inn, value: deal.title}}]
  - name: unwritable
    title: Письмо без переменной
    when: {document_changed: deal, field: amount}
    if: deal.amount < 20
    do: [{notify: {to: responsible, subject: 'Источник {{ deal.nothing }}', text: Нет}}]
  - name: put_off
    title: Позже
    when: {document_changed: deal, field: amount}
    do:
      - create_task: {subject: Позже}
        after: {hours: 4}
  - name: refused_later
    title: ИНН, который база не примет, когда придет время
    when: {document_changed: deal, field: amount}
    if: deal.amount == 61
    do:
      - set_field: {document: client, field: inn, value: deal.title}
        after: {hours: 4}
  - name: begin
    title: Процесс
    when: {document_changed: deal, field: amount}
    if: deal.amount > 90
    do: [{start_process: {process: look}}]
  - name: begun
    title: Процесс начат
    when: {process_started: look}
    do: [{create_task: {subject: Процесс}}]
  - name: tidy
    title: Ушла с этапа
    when: {stage_left: first}
    do: [{cancel_tasks: {created_by: stage_entry}}]
  - name: give
    title: Ответственный
    when: {stage_entered: second}
    if: deal.amount > 70
    do: [{assign: {how: head}}]
  - name: over
    title: Закрыть
    when: {stage_entered: second}
    if: deal.amount > 80
    do: [{close_deal: {as: lost, reason: Дорого}}]
  - name: remember
    title: Аудитория
    when: proposal_posted
    do: [{add_to_audience: {audience: buyers}}]
"""
DELTAS = """
    SELECT substr(c.name, 2) AS whose, j.kind, j.op, j.origin, j.depth, w.kind AS of,
           w.origin AS why, j.after->>'stage' AS stage, j.after->>'expected_revenue' AS revenue,
           j.after->>'subject' AS subject, j.after->>'status' AS status, j.after->>'inn' AS inn
    FROM (SELECT id, client_id FROM crm.deal UNION ALL SELECT id, client_id FROM crm.task
          UNION ALL SELECT id, client_id FROM crm.message UNION ALL SELECT id, id FROM crm.client
          UNION ALL SELECT id, client_id FROM crm.signal) o
    JOIN crm.client c ON c.id = o.client_id AND c.name LIKE :mark
    JOIN hub.delta j ON j.document = o.id AND j.origin LIKE 'rule:%'
    LEFT JOIN hub.delta w ON w.id = j.cause
    ORDER BY c.name, j.xid, j.id
"""
ROWS = {
    "deals": "SELECT substr(c.name, 2), x.stage, x.status, x.expected_revenue, x.stage_entry,"
    " x.lost_reason, x.responsible_id, c.inn FROM crm.deal x",
    "tasks": "SELECT substr(c.name, 2), x.subject, x.status, x.stage_entry, x.rule, x.due_at,"
    " x.executor_id FROM crm.task x",
    "messages": "SELECT substr(c.name, 2), x.subject, x.text, x.recipient, x.channel, o.target,"
    " o.operation, o.depth FROM crm.message x LEFT JOIN hub.outbox o ON o.document = x.id",
    "waits": "SELECT substr(c.name, 2), x.rule, x.action, x.event, x.due_at, x.state, x.depth"
    " FROM (SELECT w.*, d.client_id FROM hub.waiting w JOIN crm.deal d ON d.id = w.deal_id) x",
    "firings": "SELECT substr(c.name, 2), x.rule, x.at FROM hub.firing x",
    "audience": "SELECT substr(c.name, 2), x.list, x.kind FROM hub.audience x",
    "effects": "SELECT substr(c.name, 2), x.rule, x.action, x.kind, x.made - 'document' - 'tasks'"
    " - 'employee', jsonb_array_length(x.made->'tasks') FROM (SELECT e.*, coalesce(d.client_id,"
    " p.client_id) AS client_id FROM hub.effect e LEFT JOIN crm.deal d ON d.id = e.document"
    " LEFT JOIN crm.proposal p ON p.id = e.document) x",
    "set aside": "SELECT substr(c.name, 2), x.code, x.state FROM (SELECT q.*, d.client_id"
    " FROM hub.quarantine q JOIN hub.delta j ON j.id = CAST(q.external_key AS bigint)"
    " JOIN crm.deal d ON d.id = j.document WHERE q.stream = 'triggers') x",
}


class Twins:
    """Two companies in one store, whose people do the same."""

    def __init__(self, one: Company, mark: str, seed: int, deals: int) -> None:
        self.one, self.mark, self._chance = one, mark, random.Random(seed)  # noqa: S311 - a play
        self._deals: list[UUID] = []
        self._proposals: list[UUID] = []
        for number in range(deals):
            client = one.insert(
                "client", name=f"{mark}{number:02}", email=f"{mark}{number}@buyer.test"
            )
            title = "7707083893" if number % 2 else f"{number}"
            values = {"scenario": "sales", "stage": "first", "title": title, "client_id": client}
            self._deals.append(one.deal(**values))

    def live(self, steps: int) -> None:
        """People's doings, as the seed has them."""
        one, chance = self.one, self._chance
        for _step in range(steps):
            number = chance.randrange(len(self._deals))
            deal, amount = self._deals[number], Decimal(chance.randrange(1, 120))
            doing = chance.choice(["proposal", "amount", "again", "back"])
            if doing == "proposal" or (doing == "again" and not self._proposals):
                [row] = one.rows("SELECT client_id FROM crm.deal WHERE id = :id", id=deal)
                values = {"deal_id": deal, "client_id": row.client_id, "amount": amount}
                self._proposals.append(one.insert("proposal", **values))
            elif doing == "amount":
                one.update("deal", deal, amount=amount)
            elif doing == "again":
                one.update("proposal", chance.choice(self._proposals), amount=amount)
            else:
                one.update("deal", deal, stage="first")

    def all_there_is(self) -> dict[str, list[Any]]:
        """Everything that rules have written, without the keys that no two stores share."""
        mark = f"{self.mark}%"
        found = {"deltas": in_order(self.one.rows(DELTAS, mark=mark))}
        for name, query in ROWS.items():
            whose = " JOIN crm.client c ON c.id = x.client_id AND c.name LIKE :mark"
            head, joined, tail = query.partition(" LEFT JOIN hub.outbox")
            rows = self.one.rows(head + whose + joined + tail, mark=mark)
            found[name] = sorted((tuple(row) for row in rows), key=repr)
        return found


def in_order(rows: list[Any]) -> list[Any]:
    """The changes as they came; the tasks that one effect cancels have no order among them."""
    runs = groupby((tuple(row) for row in rows), key=lambda row: (row[:6], row[3] == "rule:tidy"))
    return [
        row for (_same, at_once), run in runs for row in (sorted(run, key=repr) if at_once else run)
    ]


@pytest.fixture
def one(store: Engine, tmp_path: Path) -> Company:
    return company(store, tmp_path, RULES)


@pytest.fixture
def performed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The effects that were performed by themselves."""
    alone: list[object] = []
    perform = Performer.perform

    def noted(self: Performer, effect: Any, facts: Any) -> bool:
        alone.append(effect)
        return perform(self, effect, facts)

    monkeypatch.setattr(Performer, "perform", noted)
    return alone


def test_written_together_is_as_written_one_by_one(
    one: Company, performed: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    together, apart = Twins(one, "А", 7, 14), Twins(one, "Б", 7, 14)
    one.react()
    for round_ in range(2):
        together.live(60)
        performed.clear()
        first = one.react()
        alone = len(performed)
        with monkeypatch.context() as patched:
            patched.setattr(step, "TOGETHER", 1)
            apart.live(60)
            second = one.react()
        assert (first, round_) == (second, round_)
        assert alone < 3 * first["effects"] / 4
        assert first["set_aside"] > 0
        later(one, 5 * HOUR)
        assert together.all_there_is() == apart.all_there_is()


def test_one_bad_effect_leaves_the_others_of_its_wave_alone(
    one: Company, performed: list[object]
) -> None:
    crowd = Twins(one, "В", 1, 40)
    good, bad = Decimal(60), Decimal(15)
    for number, key in enumerate(crowd._deals):
        one.update("deal", key, amount=bad if number == 20 else good)
    counts = one.react()
    assert counts["set_aside"] == 2
    assert len(one.rows("SELECT FROM hub.waiting")) == 40
    assert len(performed) < 40


def test_what_was_put_off_is_written_together_too(one: Company, performed: list[object]) -> None:
    crowd = Twins(one, "Е", 1, 20)
    for key in crowd._deals:
        one.update("deal", key, amount=Decimal(60))
    one.react()
    performed.clear()
    later(one, 5 * HOUR)
    assert len(one.rows("SELECT FROM crm.task WHERE subject = 'Позже'")) == 20
    assert performed == []
    assert {row.state for row in one.rows("SELECT state FROM hub.waiting")} == {"done"}


def test_one_bad_effect_that_was_put_off_leaves_the_others_alone(one: Company) -> None:
    crowd = Twins(one, "Ж", 1, 6)
    for number, key in enumerate(crowd._deals):
        one.update("deal", key, amount=Decimal(61 if number == 2 else 60))
    one.react()
    later(one, 5 * HOUR)
    assert [row.code for row in one.set_aside()] == ["store_refused:refused_later"]
    assert len(one.rows("SELECT FROM crm.task WHERE subject = 'Позже'")) == 6
    assert {row.state for row in one.rows("SELECT state FROM hub.waiting")} == {"done"}


@pytest.fixture
def statements(store: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_one: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    event.listen(store, "before_cursor_execute", note)
    yield said
    event.remove(store, "before_cursor_execute", note)


def test_ten_times_the_effects_take_no_more_statements(one: Company, statements: list[str]) -> None:
    asked = []
    for mark, deals in (("Г", 4), ("Д", 40)):
        crowd = Twins(one, mark, 1, deals)
        one.react()
        for key in crowd._deals:
            [row] = one.rows("SELECT client_id FROM crm.deal WHERE id = :id", id=key)
            one.insert("proposal", deal_id=key, client_id=row.client_id, amount=Decimal(200))
        statements.clear()
        assert one.react()["effects"] > 8 * deals
        asked.append(len(statements))
    assert asked[1] <= asked[0] + 2


def test_each_document_of_a_statement_is_journaled_under_its_own_reason(one: Company) -> None:
    first, second = uuid7(), uuid7()
    rows = [{"id": key, "subject": "Вместе", "kind": "task"} for key in (first, second)]
    with one.engine.begin() as connection:
        insert_rows(
            connection, tasks, rows, [Why(first, "rule:a", 7, 1), Why(second, "rule:b", None, 2)]
        )
    query = "SELECT origin, cause, depth FROM hub.delta WHERE document = :id"
    assert [tuple(row) for row in one.rows(query, id=first)] == [("rule:a", 7, 1)]
    assert [tuple(row) for row in one.rows(query, id=second)] == [("rule:b", None, 2)]


def test_a_row_that_nobody_has_given_a_reason_for_is_refused(one: Company) -> None:
    known, unknown = uuid7(), uuid7()
    rows = [{"id": key, "subject": "Вместе", "kind": "task"} for key in (known, unknown)]
    with pytest.raises(IntegrityError, match="origin"), one.engine.begin() as connection:
        insert_rows(connection, tasks, rows, [Why(known, "rule:a", 7, 1)])
    assert one.rows("SELECT FROM crm.task WHERE subject = 'Вместе'") == []
