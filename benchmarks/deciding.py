"""How many changes of the journal a core decides about: a hundred rules, five look at each.

The changes are posted proposals of open deals; every tenth one is large enough for all five
rules. From the journal's rows to the effects that are to be done, nothing is written. Beside it
the conditions alone, by this hub's engine, by zen-engine and by a lambda of Python.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.lab import PEER_PYTHON, Lab, run_for_figures
from benchmarks.measure import Benchmark, Measured

LEAST_PER_SECOND = 20_000
DELTAS = 20_000
RULES, LOOKING = 100, 5
ROUNDS = 3
CONDITION = "proposal.amount > 100000 and deal.status == 'open'"
SCENARIO = """\
scenario:
  code: measured
  name: Замер
  stages:
    - {code: first, name: Первый}
    - {code: won, name: Успех, kind: won}
    - {code: lost, name: Потеря, kind: lost}
  always_planned: {subject: Позвонить}
rules:
"""
RULE = """\
  - name: %(name)s
    title: Замер
    when: %(when)s
    if: "%(condition)s"
    do: [{create_task: {subject: Позвонить}}]
"""
OTHERS = ("task_done", "payment_posted", "deal_closed", "invoice_paid", "call_missed")
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
CLIENT, DEAL, MANAGER = (UUID(int=number) for number in (1, 2, 3))
PEER = """
import json, sys, time, zen
text, times, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
asked = zen.compile_expression(text)
facts = [{"proposal": {"amount": 100000 + one % 2}, "deal": {"status": "open"}} for one in range(9)]
took = []
for _round in range(rounds):
    began = time.process_time()
    for one in range(times):
        asked.evaluate(facts[one % 9])
    took.append(time.process_time() - began)
print(json.dumps({"per_second": round(times / min(took))}))
"""


def write_rules(path: Path) -> None:
    """A hundred rules, of which five wait for a posted proposal."""
    told = [SCENARIO]
    for number in range(RULES):
        looking = number < LOOKING
        when = "proposal_posted" if looking else OTHERS[number % len(OTHERS)]
        condition = CONDITION if looking else "deal.amount > 5"
        told.append(RULE % {"name": f"r{number}", "when": when, "condition": condition})
    path.write_text("".join(told), encoding="utf-8")


def proposals(count: int) -> list[Any]:
    """Rows of the journal: each a proposal that was entered and posted at once."""
    from provodka.connectors.crm_store.journal import Delta

    def row(number: int) -> dict[str, Any]:
        return {
            "id": str(UUID(int=number)), "number": f"КП-{number}", "date": NOW.isoformat(),
            "client_id": str(CLIENT), "deal_id": str(DEAL), "currency": "RUB", "posted": True,
            "amount": Decimal(100_000 + (number % 10 == 0)), "comment": None, "sent_at": None,
            "created_at": NOW.isoformat(), "deleted_at": None,
        }  # fmt: skip

    return [
        Delta(
            id=one, xid=one, at=NOW, kind="proposal", document=UUID(int=one), part="", op="insert",
            before=None, after=row(one), origin="person:Котов", cause=None, depth=0,
        )
        for one in range(1, count + 1)
    ]  # fmt: skip


def facts() -> dict[str, Any]:
    """What is known around the proposals."""
    deal = {
        "id": DEAL, "client_id": CLIENT, "kind": "manual", "scenario": "measured",
        "stage": "first", "status": "open", "stage_entry": 1, "amount": Decimal(0),
        "paused_at": None, "paused_until": None,
    }  # fmt: skip
    known = {"client": CLIENT, "responsible": MANAGER, "head": MANAGER}
    return {"deal": deal} | {name: {"id": key, "email": "a@b.ru"} for name, key in known.items()}


def decided(book: Any, deltas: list[Any]) -> int:
    """Decide about all of them; how many effects were wanted."""
    from provodka.trigger_rules.calendar import WorkingCalendar
    from provodka.trigger_rules.changes import net_changes
    from provodka.trigger_rules.decide import decide
    from provodka.trigger_rules.events import events_of
    from provodka.trigger_rules.schema import decode

    calendar, around, ranks = WorkingCalendar(), facts(), book.ranks
    effects = 0
    for change in net_changes(deltas):
        for event in events_of(change, ranks):
            if book.listening(event):
                told = {**around, "proposal": decode("proposal", change.row)}
                effects += len(decide(book, event, told, NOW, calendar).effects)
    return effects


def fastest(work: Callable[[], Any]) -> float:
    """Seconds of processor time of the fastest round."""
    took = []
    for _round in range(ROUNDS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def conditions(book: Any) -> dict[str, float]:
    """Evaluations a second of one condition by three engines, each on the same turn of facts.

    Every other proposal is large, so that half of them are asked about the deal as well.
    """
    rule = next(one for one in book.rules if one.name == "r0")
    turns = [{**facts(), "proposal": {"amount": Decimal(100_000 + one % 2)}} for one in range(9)]

    def ours() -> None:
        for one in range(DELTAS):
            rule.condition.holds(turns[one % 9])

    plain: Callable[[Any], bool] = lambda known: (  # noqa: E731 - what a lambda costs is measured
        known["proposal"]["amount"] > 100_000 and known["deal"]["status"] == "open"
    )

    def by_lambda() -> None:
        for one in range(DELTAS):
            plain(turns[one % 9])

    command = (str(PEER_PYTHON), "-c", PEER, CONDITION, str(DELTAS), str(ROUNDS))
    return {
        "ours": DELTAS / fastest(ours),
        "zen": run_for_figures(command)["per_second"],
        "lambda": DELTAS / fastest(by_lambda),
    }


def run(lab: Lab) -> Measured:
    """Deltas a second of processor time; short as well if an effect is missing."""
    from provodka.trigger_rules.book import RuleBook

    rules = lab.folder / "measured.yaml"
    write_rules(rules)
    book = RuleBook.load([rules])
    deltas = proposals(DELTAS)
    wanted = decided(book, deltas)
    value = DELTAS / fastest(lambda: decided(book, deltas))
    engines = conditions(book)
    detail = {
        "rules": len(book.rules),
        "effects": wanted,
        "evaluations_per_second": {name: round(one) for name, one in engines.items()},
        "ratio_to_zen": round(engines["ours"] / engines["zen"], 2),
        "ratio_to_lambda": round(engines["ours"] / engines["lambda"], 3),
    }
    complete = wanted == DELTAS // 10 * LOOKING
    return Measured(value, complete and value >= LEAST_PER_SECOND, detail)


benchmark = Benchmark("deciding", "deltas/s a core", f"≥ {LEAST_PER_SECOND}", run)
