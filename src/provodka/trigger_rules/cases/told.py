"""Effects as a case writes them: the action's name with its parameters, people by their roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.trigger_rules import effects
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.cases.documents import MadeUp
from provodka.trigger_rules.letters import Letters

__all__ = ["Teller", "comparable"]

Told = dict[str, Any]
NAMES: Mapping[type[Any], Mapping[str, str]] = {
    effects.CloseDeal: {"result": "as", "lost_reason": "reason"},
    effects.SetField: {"kind": "document", "document": ""},
    effects.Notify: {"channel": "by"},
    effects.CallWebhook: {"address": "to", "values": "send", "kind": "", "document": ""},
    effects.Dial: {"extension": "", "kind": "", "document": ""},
    effects.Say: {"kind": "", "document": ""},
    effects.ArchiveDeal: {"why": "reason"},
    effects.CreateDocument: {"values": "set", "basis": ""},
    effects.Signal: {"of": "process", "name": "", "kind": "", "about": ""},
    effects.AddToAudience: {"hashes": ""},
}
UNTOLD = {"reason": ""}
UNBREAKABLE = re.compile("[\u00a0\u202f]")


@dataclass(frozen=True)
class Teller:
    """Tells effects of a book's rules in the words of a case."""

    book: RuleBook
    made: MadeUp

    def told(self, effect: effects.Effect, facts: Mapping[str, Any]) -> Told:
        """`{action: {parameter: value}}`; texts are filled in, raising `DocumentError`."""
        rule = next(one for one in self.book.rules if one.name == effect.reason.rule)
        action = rule.text.do[effect.reason.index]
        if isinstance(effect, effects.Wait):
            said = action.body.model_dump(mode="json", by_alias=True, exclude_none=True)
            return {action.name: said | {"wait_until": self._plain(effect.due_at)}}
        said = dict(self._parameters(effect))
        if isinstance(effect, effects.Notify | effects.Say):
            letters = Letters(self.book.templates, self.made.zone)
            for name in ("subject", "text") if "subject" in said else ("text",):
                said[name] = self._plain(letters.fill(said[name], facts))
        return {action.name: said}

    def _parameters(self, effect: effects.Effect) -> Iterator[tuple[str, Any]]:
        names = {**NAMES.get(type(effect), {}), **UNTOLD}
        for one in fields(effect):
            name = names.get(one.name, one.name)
            value = getattr(effect, one.name)
            if name and value is not None:
                yield name, self._plain(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, UUID):
            return self.made.words.get(value, str(value))
        if isinstance(value, Mapping):
            return {name: self._plain(inner) for name, inner in value.items()}
        if isinstance(value, tuple | list):
            return [self._plain(inner) for inner in value]
        return comparable(value, self.made.zone)


def comparable(value: Any, zone: ZoneInfo) -> Any:
    """A value as a file of cases and an effect agree on it: exact numbers, local times.

    Spaces that do not break look like others to whoever writes the case.
    """
    if isinstance(value, str):
        return UNBREAKABLE.sub(" ", value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize()
    if isinstance(value, datetime):
        local = value.astimezone(zone) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: comparable(inner, zone) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(inner, zone) for inner in value]
    return value
