"""Rules that are sound and yet will never act: what they ask for cannot be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.check_events import kind_of
from provodka.trigger_rules.language import When
from provodka.trigger_rules.never import EMPTY, excluding
from provodka.trigger_rules.schema import documents, roots

__all__ = ["idle_when_empty", "never_true"]


def never_true(book: RuleBook) -> Iterator[ConfigurationError]:
    """A warning for each rule whose condition no document can meet, and each change of nothing.

    A condition must be possible for one of the rule's events at least, with the value that the
    event says its document's field to have.
    """
    for rule in book.rules:
        yield from _unchanging(rule)
        clash = _clash(rule)
        if clash:
            yield rule.error(
                "if",
                found=_("условие не бывает верно: {parts}").format(parts=_together(clash)),
                expected=_("условие, которое документ может выполнить"),
                next_step=_("исправьте условие или уберите правило"),
                code="never_true",
            )


def idle_when_empty(rule: Rule, empty: Collection[str]) -> tuple[str, ...]:
    """The parts of a rule's condition that fail as long as these fields are empty."""
    if rule.condition is None:
        return ()
    return excluding(rule.condition.tree, _names(rule), dict.fromkeys(empty, EMPTY))


def _clash(rule: Rule) -> tuple[str, ...]:
    if rule.condition is None or rule.condition.constant is False:
        return ()
    found: tuple[str, ...] = ()
    for when in rule.text.when:
        clash = excluding(rule.condition.tree, _names(rule), _told(when))
        if not clash:
            return ()
        found = found or clash
    return found


def _told(when: When) -> Mapping[str, Any]:
    """What an event says of its document; a deal is seen as it is now, whatever the event says."""
    kind = kind_of(when)
    if when.field is None or when.to is None or kind == "deal":
        return {}
    field = documents()[kind].get(when.field)
    if field is None or field.type not in ("text", "flag"):
        return {}
    return {f"{kind}.{when.field}": when.to}


def _unchanging(rule: Rule) -> Iterator[ConfigurationError]:
    for number, when in enumerate(rule.text.when):
        if when.to is not None and when.from_ == when.to:
            yield rule.error(
                "when", number,
                found=_("поле «{field}» меняется с «{value}» на то же самое").format(
                    field=when.field, value=when.to
                ),
                expected=_("разные from и to"),
                next_step=_("исправьте одно из значений"),
                code="never_true",
            )  # fmt: skip


def _names(rule: Rule) -> Any:
    return roots(rule.kind, tuple(rule.scenario.ranks) if rule.scenario else ())


def _together(parts: Collection[str]) -> str:
    return _(" и ").join(f"«{part}»" for part in parts)
