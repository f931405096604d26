"""How often, when and in what order rules act; and that deaths change nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.test_triggers_guarantees import Killed, killed_at
from tests.flow.test_triggers_time import (
    HOUR,
    REMIND,
    company,
    deal,
    later,
    reminded,
    waiting,
)

CAPPED = """
rules:
  - name: often
    title: Не чаще раза в день
    when: {document_changed: deal, field: amount}
    at_most: {times: 2, per: %s, within: {days: 1}}
    do: [{create_task: {subject: Напомнить}}]
"""


@pytest.mark.parametrize(("per", "times"), [("deal", 4), ("client", 2)])
def test_a_rule_acts_no_oftener_than_it_may(
    store: Engine, tmp_path: Path, per: str, times: int
) -> None:
    one = company(store, tmp_path, CAPPED % per)
    deals = [deal(one), deal(one)]
    for number in range(1, 5):
        for key in deals:
            one.update("deal", key, amount=number)
    one.react()
    assert reminded(one) == times
    one.now += 25 * HOUR
    one.update("deal", deals[0], amount=100)
    one.react()
    assert reminded(one) == times + 1


QUIET = """
quiet_hours: {from: '21:00', to: '09:00'}
robots:
  - name: greet
    title: Приветствие
    stage: second
    do:
      - send_message: {to: client, text: Здравствуйте}
      - create_task: {subject: Напомнить}
"""


def test_quiet_hours_put_off_what_would_disturb_and_nothing_else(
    store: Engine, tmp_path: Path
) -> None:
    night = datetime(2026, 11, 20, 18, tzinfo=UTC)
    one = company(store, tmp_path, QUIET, now=night)
    one.update("client", one.client, phone="+79990000001")
    deal(one)
    one.react()
    assert (len(one.letters()), reminded(one)) == (0, 1)
    assert [row.due_at for row in waiting(one)] == [datetime(2026, 11, 21, 4, tzinfo=UTC)]
    later(one, 10 * HOUR)
    assert len(one.letters()) == 1


ORDERED = """
rules:
  - {name: third, title: Третье, when: {stage_entered: second},
     do: [{create_task: {subject: Третье}}]}
  - {name: first, title: Первое, when: {stage_entered: second}, order: 1,
     do: [{create_task: {subject: Первое}}]}
  - {name: second, title: Второе, when: {stage_entered: second}, order: 2, stop: true,
     if: deal.amount > 10, do: [{create_task: {subject: Второе}}]}
"""


@pytest.mark.parametrize(
    ("amount", "tasks"), [(5, ["Первое", "Третье"]), (50, ["Первое", "Второе"])]
)
def test_rules_act_in_their_order_until_one_stops_the_rest(
    store: Engine, tmp_path: Path, amount: int, tasks: list[str]
) -> None:
    one = company(store, tmp_path, ORDERED)
    key = deal(one, amount=amount)
    one.react()
    assert one.tasks(key) == tasks


DEATHS = (
    REMIND % ("", "after: {hours: 4}")
    + """
rules:
  - name: stuck
    title: Застряла
    when: {stage_stayed: second, longer_than: {hours: 2}}
    at_most: {times: 1, per: deal, within: {days: 30}}
    do: [{notify: {to: head, subject: Застряла, text: Застряла}}]
"""
)


def test_a_crash_before_any_statement_leaves_delays_and_terms_exactly_once(
    store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path, DEATHS)
    one.strike()
    for deals, statement in enumerate(range(1, 400, 7), start=1):
        key = deal(one)
        fresh = "UPDATE crm.deal SET stage_entered_at = :at WHERE id = :id"
        one.execute(fresh, at=one.now, id=key)
        one.react()
        one.now += 5 * HOUR
        with killed_at(one.engine, statement) as seen:
            try:
                one.strike()
                one.react()
            except Killed:
                pass
            else:
                break
        one.strike()
        one.react()
        assert reminded(one) == len(one.letters()) == deals
    assert 20 < seen["statements"] < statement
    assert {row.state for row in waiting(one)} == {"done"}
