"""Mistakes in a book of rules that each rule by itself does not show.

Letters are tried on made-up documents of the right shape. Rules that wake each other are no
matter of this: a book with such a ring is not even read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from provodka.connectors.mail.templates import compile_text
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.trigger_rules.actions.deliveries import MoveTasks
from provodka.trigger_rules.actions.letters import Notify, SendLetter, SendMessage
from provodka.trigger_rules.actions.papers import DeleteDocument
from provodka.trigger_rules.actions.voice import VoiceCall
from provodka.trigger_rules.book import Rule, RuleBook
from provodka.trigger_rules.letters import find_template
from provodka.trigger_rules.schema import Root, roots

__all__ = ["lint"]

SAMPLES: Mapping[str, Any] = {
    "text": "текст",
    "number": Decimal("1.00"),
    "flag": True,
    "time": datetime(2026, 1, 12, 9, tzinfo=UTC),
    "date": date(2026, 1, 12),
    "key": UUID(int=0),
}
LINE = {
    "line": 1,
    "product": "товар",
    "content": "товар",
    "quantity": Decimal(1),
    "price": Decimal("1.00"),
    "amount": Decimal("1.00"),
    "vat_rate": "vat20",
    "vat_amount": Decimal("0.17"),
}

Wrong = ConfigurationError | DocumentError


def lint(book: RuleBook) -> list[ConfigurationError]:
    """Everything wrong with letters, rules that nothing can reach, names of rules that are none."""
    return [*_letters(book), *_unreachable(book), *_strangers(book)]


def _strangers(book: RuleBook) -> Iterator[ConfigurationError]:
    """An action about what another rule has made, and there is no such rule."""
    names = {rule.name for rule in book.rules}
    for rule in book.rules:
        for number, action in enumerate(rule.text.do):
            body = action.body
            if isinstance(body, MoveTasks | DeleteDocument) and body.created_by not in names:
                yield rule.error(
                    "do", number, action.name, "created_by",
                    found=_("нет правила «{name}»").format(name=body.created_by),
                    expected=nearest(body.created_by, names),
                    next_step=_("исправьте имя"),
                    code="unknown_rule",
                )  # fmt: skip


def _letters(book: RuleBook) -> Iterator[ConfigurationError]:
    for rule in book.rules:
        for number, action in enumerate(rule.text.do):
            for name, error in _text_errors(book, rule, action.body):
                yield rule.error(
                    "do", number, action.name, name,
                    found=f"{error.where}: {error.found}",
                    expected=error.expected,
                    next_step=error.next_step,
                    code=error.code,
                )  # fmt: skip


def _text_errors(book: RuleBook, rule: Rule, body: Any) -> Iterator[tuple[str, Wrong]]:
    """What is wrong with the letter or the texts of an action."""
    if isinstance(body, SendLetter):
        error = _letter_error(book, rule, body.template)
        if error is not None:
            yield "template", error
    if isinstance(body, Notify | SendMessage | VoiceCall):
        for name in ("subject", "text"):
            try:
                for facts in _samples(rule):
                    compile_text(getattr(body, name, None) or "")(facts)
            except DocumentError as error:
                yield name, error


def _samples(rule: Rule) -> list[dict[str, Any]]:
    names = roots(rule.kind, tuple(rule.scenario.ranks) if rule.scenario else ())
    return [_sample(names, whole=whole) | {"now": SAMPLES["time"]} for whole in (True, False)]


def _letter_error(book: RuleBook, rule: Rule, name: str) -> Wrong | None:
    try:
        template = find_template(book.templates, name)
        for facts in _samples(rule):
            template.render(facts)
    except (ConfigurationError, DocumentError) as error:
        return error
    return None


def _sample(names: Mapping[str, Root], *, whole: bool) -> dict[str, Any]:
    """Documents with every field filled, or with people missing where they may be."""
    return {
        name: None if root.nullable and not whole else _document(root)
        for name, root in names.items()
    }


def _document(root: Root) -> dict[str, Any]:
    made = {name: SAMPLES[field.type] for name, field in root.fields.items()}
    return made | ({"lines": [LINE]} if root.kind in ("proposal", "invoice") else {})


def _unreachable(book: RuleBook) -> Iterator[ConfigurationError]:
    """A rule that waits for an end of the scenario to be left, or asks twice for one event."""
    for rule in book.rules:
        ends = _ends(rule)
        for number, when in enumerate(rule.text.when):
            if when.event == "deal_moved_back" and when.of in ends:
                yield rule.error(
                    "when", number,
                    found=_("на конец сценария «{stage}» нельзя вернуться").format(stage=when.of),
                    expected=_("открытый этап"),
                    next_step=_("замените событие на deal_closed"),
                    code="unreachable_rule",
                )  # fmt: skip
            if when in rule.text.when[:number]:
                yield rule.error(
                    "when", number,
                    found=_("событие «{event}» повторяется").format(event=when.event),
                    expected=_("каждое событие один раз"),
                    next_step=_("уберите повтор"),
                    code="repeated_event",
                )  # fmt: skip
        if rule.condition is not None and rule.condition.constant is False:
            yield rule.error(
                "if",
                found=_("условие «{text}» никогда не верно").format(text=rule.condition.text),
                expected=_("условие о документе"),
                next_step=_("исправьте условие или уберите правило"),
                code="unreachable_rule",
            )


def _ends(rule: Rule) -> set[str]:
    stages = rule.scenario.text.stages if rule.scenario else ()
    return {stage.code for stage in stages if stage.kind != "open"}
