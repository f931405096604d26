"""Deciding: which rules an event wakes, whether their conditions hold, what they want done.

Pure: facts and the time are passed in. All rules of one event are decided on the same facts,
so their order in the file orders their actions and never their conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from provodka.foundation.errors import DocumentError, Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.money import kopecks
from provodka.trigger_rules import effects, language
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.calendar import Moment, WorkingCalendar
from provodka.trigger_rules.conditions import Clause
from provodka.trigger_rules.events import Event
from provodka.trigger_rules.schema import documents

__all__ = ["DEEPEST", "Decision", "Facts", "Trouble", "Verdict", "decide", "due_moment"]

DEEPEST = 8
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule: did it fire, and if not, which clauses were false."""

    rule: str
    version: str
    fired: bool
    clauses: tuple[Clause, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An action or a condition that could not be carried out for this document."""

    rule: str
    error: DocumentError


@dataclass(slots=True)
class Decision:
    """Effects in the order to perform them, the verdict of every rule asked, and troubles."""

    effects: list[effects.Effect] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Woken:
    rule: Rule
    event: Event
    facts: Facts
    now: datetime
    calendar: WorkingCalendar

    def reason(self, index: int) -> effects.Reason:
        event = self.event
        return effects.Reason(
            rule=self.rule.name,
            version=self.rule.version,
            kind=event.kind,
            document=event.document,
            occurrence=event.occurrence,
            index=index,
            cause=event.change.id,
            depth=event.change.depth + 1,
        )


def decide(
    book: RuleBook,
    event: Event,
    facts: Facts,
    now: datetime,
    calendar: WorkingCalendar,
    *,
    explain: bool = False,
) -> Decision:
    """What the book wants done because of one event.

    `facts` maps `deal`, `client`, `responsible`, `head` and the event's own kind to rows or to
    nothing. With `explain` every verdict carries its clauses with their values.
    """
    decision = Decision()
    for rule in book.listening(event):
        woken = _Woken(rule, event, {**facts, "now": now}, now, calendar)
        try:
            verdict = _verdict(woken, explain)
        except DocumentError as error:
            decision.troubles.append(Trouble(rule.name, error))
            continue
        decision.verdicts.append(verdict)
        if verdict.fired:
            _act(woken, decision)
    return decision


def due_moment(due: language.Due, now: datetime, calendar: WorkingCalendar) -> Moment:
    """When something is due, counted from now in the company's calendar."""
    if due.working_days is not None:
        return calendar.add_working_days(now, due.working_days, due.at)
    return calendar.add_working_time(now, due.working_time)


def _verdict(woken: _Woken, explain: bool) -> Verdict:
    rule, event, facts = woken.rule, woken.event, woken.facts
    why_not = _out_of_scope(rule, event, facts)
    if why_not:
        return Verdict(rule.name, rule.version, False, (), why_not)
    if event.change.depth >= DEEPEST:
        raise _too_deep(rule, event)
    if rule.condition is None:
        return Verdict(rule.name, rule.version, True)
    clauses = rule.condition.explain(facts) if explain else ()
    return Verdict(rule.name, rule.version, rule.condition.holds(facts), clauses)


def _out_of_scope(rule: Rule, event: Event, facts: Facts) -> str:
    deal = facts.get("deal")
    if facts.get(event.kind) is None:
        return _("документа больше нет")
    if event.name == f"{event.kind}_changed" and not facts[event.kind]["posted"]:
        return _("документ не проведен")
    if rule.scenario is None:
        return ""
    if deal is None or deal["kind"] == "unstaged":
        return _("документ без сделки по сценарию")
    return "" if deal["scenario"] == rule.scenario.code else _("сделка по другому сценарию")


def _too_deep(rule: Rule, event: Event) -> DocumentError:
    return Misunderstood(
        _("правило «{rule}»").format(rule=rule.name),
        found=_("цепочка следствий длиной {depth}: последнее сделал {origin}").format(
            depth=event.change.depth, origin=event.change.origin
        ),
        expected=_("не больше {deepest} шагов").format(deepest=DEEPEST),
        next_step=_("найдите правила, которые будят друг друга, и добавьте им условие"),
        code="rules_loop",
    )


def _act(woken: _Woken, decision: Decision) -> None:
    for index, action in enumerate(woken.rule.text.do):
        try:
            decision.effects.extend(MAKERS[action.name](woken, action.body, index))
        except DocumentError as error:
            decision.troubles.append(Trouble(woken.rule.name, error))


def _send_letter(woken: _Woken, body: language.SendLetter, index: int) -> Iterator[effects.Effect]:
    yield effects.SendLetter(
        woken.reason(index), _deal_id(woken), body.to, _address(woken, body.to), body.template
    )


def _notify(woken: _Woken, body: language.Notify, index: int) -> Iterator[effects.Effect]:
    yield effects.Notify(
        woken.reason(index),
        _deal_id(woken),
        body.to,
        _address(woken, body.to),
        body.subject,
        body.text,
    )


def _create_task(woken: _Woken, body: language.CreateTask, index: int) -> Iterator[effects.Effect]:
    deal = _deal(woken)
    due = due_moment(body.due, woken.now, woken.calendar)
    yield effects.CreateTask(
        reason=woken.reason(index),
        deal=deal["id"],
        client=deal["client_id"],
        subject=body.subject,
        purpose=body.purpose,
        kind=body.kind,
        executor=executor(body.executor, woken.facts),
        due_at=due.at,
        provisional=due.provisional,
    )


def executor(role: str, facts: Facts) -> Any:
    """Who does a task: the person in that role, else the other one, else nobody yet."""
    order = ("head", "responsible") if role == "head" else ("responsible", "head")
    return next((facts[name]["id"] for name in order if facts.get(name)), None)


def _set_field(woken: _Woken, body: language.SetField, index: int) -> Iterator[effects.Effect]:
    row = woken.facts.get(body.document)
    kind = "employee" if body.document in ("responsible", "head") else body.document
    if row is None:
        raise _lacking(woken, body.document)
    value = woken.rule.values[index].value(woken.facts)
    target = documents()[kind][body.field]
    if isinstance(value, Decimal) and target.money:
        value = kopecks(value)
    elif isinstance(value, Decimal) and target.whole:
        value = int(value)
    elif isinstance(value, datetime) and target.type == "date":
        value = value.date()
    yield effects.SetField(woken.reason(index), kind, row["id"], body.field, value, body.over_hand)


def _move_stage(woken: _Woken, body: language.MoveStage, index: int) -> Iterator[effects.Effect]:
    deal, scenario = _deal(woken), woken.rule.scenario
    if scenario is None or deal["status"] != "open":
        return
    now = deal["stage"]
    to = scenario.after(now) if body.to == "next" else body.to
    back = to is not None and scenario.ranks[to] <= scenario.ranks[now]
    if to and to != now and not (back and body.only_forward):
        yield effects.MoveStage(woken.reason(index), deal["id"], now, to)


def _close_deal(woken: _Woken, body: language.CloseDeal, index: int) -> Iterator[effects.Effect]:
    deal, scenario = _deal(woken), woken.rule.scenario
    if deal["status"] == "open":
        yield effects.CloseDeal(
            woken.reason(index),
            deal["id"],
            body.result,
            scenario.end(body.result) if scenario else None,
            body.reason,
        )


def _cancel_tasks(
    woken: _Woken, _body: language.CancelTasks, index: int
) -> Iterator[effects.Effect]:
    was = woken.event.change.before
    if woken.event.kind == "deal" and was:
        closed = woken.event.name == "deal_closed"
        yield effects.CancelTasks(
            woken.reason(index), woken.event.document, was["stage_entry"], closed
        )


def _deal(woken: _Woken) -> Any:
    deal = woken.facts.get("deal")
    if deal is None:
        raise _lacking(woken, "deal")
    return deal


def _deal_id(woken: _Woken) -> Any:
    deal = woken.facts.get("deal")
    return deal["id"] if deal else None


def _address(woken: _Woken, to: str) -> str:
    if "@" in to:
        return to
    person = woken.facts.get(to)
    address = person.get("email") if person else None
    if not address:
        raise _lacking(woken, f"{to}.email")
    return str(address)


def _lacking(woken: _Woken, what: str) -> DocumentError:
    return Misunderstood(
        _("правило «{rule}», документ {kind} {document}").format(
            rule=woken.rule.name, kind=woken.event.kind, document=woken.event.document
        ),
        found=_("пусто: {what}").format(what=what),
        expected=_("заполненное значение"),
        next_step=_("заполните карточку и повторите: provodka quarantine replay"),
        code=f"no_{what.replace('.', '_')}:{woken.rule.name}",
    )


MAKERS: dict[str, Callable[[_Woken, Any, int], Iterator[effects.Effect]]] = {
    "send_letter": _send_letter,
    "notify": _notify,
    "create_task": _create_task,
    "set_field": _set_field,
    "move_stage": _move_stage,
    "close_deal": _close_deal,
    "cancel_tasks": _cancel_tasks,
}
