"""Are the rules in order: read, linted, and doubted where something keeps them from acting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding, broken, doubtful, good
from provodka.flows.insight.connected import connected
from provodka.flows.settings import HubSettings
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.book import RuleBook

__all__ = ["check_filled", "check_rules", "idle"]

NAMED = 5
"""How many further places of the same doubt are named."""


def check_rules(hub: Hub) -> Iterator[Finding]:
    """The rules as files: mistakes, and warnings of what will never act.

    Raises `ConfigurationError` for what cannot be read at all.
    """
    from provodka.trigger_rules.lint import lint

    book = hub.book
    mistakes = lint(book)
    for mistake in mistakes:
        yield from broken("rules", mistake)
    if not mistakes:
        told = _("правил: {rules}, сценариев: {scenarios}")
        yield good("rules", told.format(rules=len(book.rules), scenarios=len(book.scenarios)))
    yield from _together(idle(book, hub.settings))


def check_filled(hub: Hub) -> Iterator[Finding]:
    """Warnings of fields that rules read and no document in the store has."""
    from provodka.flows.insight.unfilled import unfilled

    with hub.engine.connect() as connection:
        yield from _together(list(unfilled(connection, hub.book)))


def idle(book: RuleBook, settings: HubSettings | None) -> Iterator[ConfigurationError]:
    """Rules that are sound and will never act: never true, or nothing connected wakes them.

    What is connected only settings tell.
    """
    from provodka.trigger_rules.doubts import never_true
    from provodka.trigger_rules.unproduced import unproduced

    yield from never_true(book)
    if settings is not None:
        yield from unproduced(book, connected(settings))


def _together(doubts: Iterable[ConfigurationError]) -> Iterator[Finding]:
    """Each doubt once, where it comes first, with the other places that have the same."""
    same: dict[tuple[str, str], list[ConfigurationError]] = {}
    for doubt in doubts:
        same.setdefault((doubt.code, doubt.found), []).append(doubt)
    for first, *others in same.values():
        finding = doubtful("rules", first)
        yield replace(finding, text=finding.text + _also(others)) if others else finding


def _also(others: list[ConfigurationError]) -> str:
    places = [one.place for one in others if one.place is not None]
    named = ", ".join(f"{one.path.name}:{one.line}" for one in places[:NAMED])
    more = " …" if len(others) > NAMED else ""
    told = _("; так же еще мест: {count} ({places})")
    return told.format(count=len(others), places=named + more)
