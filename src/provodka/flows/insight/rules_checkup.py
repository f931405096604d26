"""Are the rules in order: read, linted, and doubted where something keeps them from acting."""

from __future__ import annotations

from collections.abc import Iterator

from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding, broken, doubtful, good
from provodka.flows.insight.connected import connected
from provodka.flows.settings import HubSettings
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.trigger_rules.book import RuleBook

__all__ = ["check_filled", "check_rules", "idle"]


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
    for doubt in idle(book, hub.settings):
        yield doubtful("rules", doubt)


def check_filled(hub: Hub) -> Iterator[Finding]:
    """Warnings of fields that rules read and no document in the store has."""
    from provodka.flows.insight.unfilled import unfilled

    with hub.engine.connect() as connection:
        for doubt in unfilled(connection, hub.book):
            yield doubtful("rules", doubt)


def idle(book: RuleBook, settings: HubSettings | None) -> Iterator[ConfigurationError]:
    """Rules that are sound and will never act: never true, or nothing connected wakes them.

    What is connected only settings tell.
    """
    from provodka.trigger_rules.doubts import never_true
    from provodka.trigger_rules.unproduced import unproduced

    yield from never_true(book)
    if settings is not None:
        yield from unproduced(book, connected(settings))
