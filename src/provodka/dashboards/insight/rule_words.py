"""Rules as people read them: when, if, what is done; and how two versions differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provodka.dashboards.insight.fields import value_word
from provodka.dashboards.insight.titles import kind_title
from provodka.foundation.i18n import _, marked
from provodka.trigger_rules.actions.registry import actions
from provodka.trigger_rules.event_kinds import EVENTS, PAPERS
from provodka.trigger_rules.language import When
from provodka.trigger_rules.rule import Rule

__all__ = ["Difference", "condition_words", "differences", "do_words", "when_words"]

NARROWED = {
    "field": marked("поле"),
    "from": marked("было"),
    "to": marked("стало"),
    "longer_than": marked("дольше"),
    "after": marked("после"),
    "before": marked("до"),
    "cron": marked("по расписанию"),
    "at": marked("в"),
    "calendar": marked("календарь"),
}
PARAMETERS = {
    "to": marked("куда"),
    "template": marked("шаблон"),
    "subject": marked("тема"),
    "kind": marked("вид"),
    "due": marked("срок"),
    "field": marked("поле"),
    "value": marked("значение"),
    "document": marked("документ"),
    "executor": marked("исполнитель"),
    "purpose": marked("зачем"),
    "as": marked("как"),
    "text": marked("текст"),
    "reason": marked("причина"),
    "created_by": marked("кем поставлены"),
    "sends": marked("к нему"),
}
PEOPLE = {
    "client": marked("клиенту"),
    "responsible": marked("ответственному"),
    "head": marked("руководителю"),
    "next": marked("следующий"),
    "previous": marked("предыдущий"),
}
CODES = {
    "to": PEOPLE,
    "reply_to": PEOPLE,
    "executor": {
        "responsible": marked("ответственный"),
        "head": marked("руководитель"),
        "courier": marked("экспедитор"),
    },
    "as": {"won": marked("выиграна"), "lost": marked("проиграна")},
    "created_by": {"stage_entry": marked("правилами этого этапа")},
}
SAID = ("subject", "purpose", "text", "reason")
"""Parameters that hold somebody's own words."""
TERMS = {
    "working_days": marked("рабочих дней"),
    "working_hours": marked("рабочих часов"),
    "days": marked("дней"),
    "hours": marked("часов"),
    "minutes": marked("минут"),
    "weeks": marked("недель"),
    "months": marked("месяцев"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two versions of a rule say differently; empty where one does not say it."""

    place: str
    before: str
    after: str


def when_words(rule: Rule) -> list[str]:
    """The events that wake a rule: «Сделка вошла в этап «Счет»»."""
    return [_when(rule, when) for when in rule.text.when]


def condition_words(rule: Rule) -> str:
    """The condition as it is written, on one line; empty where there is none."""
    return " ".join((rule.text.condition or "").split())


def do_words(rule: Rule) -> list[str]:
    """What a rule does, in order: «Отправить письмо: куда клиенту, шаблон kp»."""
    return [_action(rule, one) for one in rule.text.do]


def differences(before: str, after: str) -> list[Difference]:
    """How a version (canonical JSON) differs from the one before, place by place."""
    was, now = (dict(_flat("", json.loads(text))) if text else {} for text in (before, after))
    return [
        Difference(place, was.get(place, ""), now.get(place, ""))
        for place in dict.fromkeys([*was, *now])
        if was.get(place, "") != now.get(place, "")
    ]


def _when(rule: Rule, when: When) -> str:
    known = EVENTS.get(when.event)
    told = _(known.title) if known else when.event
    if known and known.kind in PAPERS:
        told += f" ({kind_title(known.kind)})"
    if when.of:
        told += f" «{_stage(rule, when.of)}»"
    more = when.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"event", "of"})
    return ", ".join([told, *_told(more)])


def _stage(rule: Rule, code: str) -> str:
    stage = rule.scenario.stage(code) if rule.scenario else None
    return stage.name if stage else code


def _action(rule: Rule, action: Any) -> str:
    known = actions().get(action.name)
    title = _(known.title) if known else action.name
    given = action.body.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    later = {
        name: value
        for name in ("after", "before", "at", "calendar")
        if (value := _plain(getattr(action, name, None))) is not None
    }
    told = [
        f"{_(PARAMETERS[name]) if name in PARAMETERS else name} {_given(rule, name, value)}"
        for name, value in given.items()
    ]
    said = f"{title}: {', '.join(told)}" if told else title
    return ", ".join([said, *_told(later)])


def _given(rule: Rule, name: str, value: Any) -> str:
    if not isinstance(value, str):
        return _value(value)
    if name in SAID:
        return f"«{value}»"
    if name == "kind":
        return str(value_word("task", "", "kind", value))
    if name in ("document", "sends"):
        return kind_title(value)
    word = CODES.get(name, {}).get(value)
    if word:
        return _(word)
    stage = _stage(rule, value) if name == "to" else value
    return value if stage == value else f"«{stage}»"


def _told(more: Mapping[str, Any]) -> Iterator[str]:
    for name, value in more.items():
        yield f"{_(NARROWED[name]) if name in NARROWED else name} {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        parts = (
            f"{one} {_(TERMS[name])}" if name in TERMS else f"{name} {_value(one)}"
            for name, one in value.items()
            if one not in (None, 0)
        )
        return ", ".join(parts)
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)
    return str(value)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return value


def _flat(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _flat(f"{place}.{name}" if place else str(name), one)
    elif isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield from _flat(f"{place} {number}", one)
    else:
        yield place, str(value)
