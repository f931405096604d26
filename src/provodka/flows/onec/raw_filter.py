"""A condition as a person writes it, sent as it is, but first checked for the known traps of 1C.

The base answers some of them with no rows and no word, others with a bare 500
(1C developer guide 8.3.27 §17.4.5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.filters import FUNCTIONS
from provodka.connectors.onec.odata.metadata import EntitySet
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import gathered
from provodka.foundation.nearest import nearest

__all__ = ["RawFilter", "raw_filter"]

TOKEN = re.compile(
    r"(?P<literal>(?:guid|datetime|binary|X)?'(?:[^']|'')*')"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>\w+(?:/\w+)*)"
    r"|(?P<mark>[(),:])"
    r"|(?P<odd>[^\s\w(),:'])"
)
TESTS = frozenset({"startswith", "endswith", "substringof", "cast", "isof"})
KNOWN = FUNCTIONS | TESTS
WORDS = frozenset({"and", "or", "not", "true", "false", "null", "add", "sub", "mul", "div", "mod"})
ORDERING = frozenset({"gt", "ge", "lt", "le"})
EXAMPLES = {
    "guid": "guid'11111111-2222-3333-4444-555555555555'",
    "datetime": "datetime'2026-01-31T00:00:00'",
}
COMPARING = ORDERING | {"eq", "ne"}


class RawFilter(Filter):
    """The text itself."""

    def __init__(self, text: str) -> None:
        self.text = text

    def render(self, zone: ZoneInfo) -> str:
        """As it was written: dates in it are the base's local time."""
        del zone
        return self.text


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def raw_filter(text: str, of: EntitySet) -> RawFilter:
    """The condition on rows of a set; every trap in it is told in one `ConfigurationError`."""
    tokens = [_Token(one.lastgroup or "", one[0]) for one in TOKEN.finditer(text)]
    errors = [*_odd(tokens), *_calls(tokens), *_names(tokens, of), *_comparisons(tokens, of)]
    if errors:
        raise gathered(errors)
    return RawFilter(text)


def _odd(tokens: Sequence[_Token]) -> Iterator[ConfigurationError]:
    for token in tokens:
        if token.kind == "odd":
            yield _trap(
                _("знак «{mark}»").format(mark=token.text),
                _("операции словами: eq, ne, gt, ge, lt, le, and, or, not; строки в кавычках '…'"),
                _("перепишите отбор"),
            )


def _calls(tokens: Sequence[_Token]) -> Iterator[ConfigurationError]:
    for token, after in _pairs(tokens):
        called = token.kind == "name" and after.text == "("
        name = token.text.rpartition("/")[2]
        if not called or name in KNOWN or name in WORDS or token.text.endswith(("/any", "/all")):
            continue
        yield _trap(
            _("функции «{name}» нет в OData 1С").format(name=name),
            _("есть: {names}").format(names=", ".join(sorted(KNOWN))),
            _("перепишите отбор без нее"),
        )


def _names(tokens: Sequence[_Token], of: EntitySet) -> Iterator[ConfigurationError]:
    variables = {token.text for token, after in _pairs(tokens) if after.text == ":"}
    for token, after in _pairs(tokens):
        root, _slash, rest = token.text.partition("/")
        plain = token.kind == "name" and after.text != "("
        if not plain or token.text in WORDS | COMPARING or root in variables:
            continue
        if root in of.navigation or (root in of.sections and rest):
            continue
        if of.find(token.text) is None:
            yield _trap(
                _("у {set} нет поля «{name}»").format(set=of.name, name=token.text),
                nearest(token.text, [*of.properties, *of.sections, *of.navigation]),
                _("все поля покажет provodka onec describe {set}").format(set=of.name),
            )


def _comparisons(tokens: Sequence[_Token], of: EntitySet) -> Iterator[ConfigurationError]:
    for left, operator, right in zip(tokens, tokens[1:], tokens[2:], strict=False):
        field = of.find(left.text) if left.kind == "name" else None
        if field is None or operator.text not in COMPARING:
            continue
        name, composite = left.text, of.is_composite(left.text)
        if composite and right.text.startswith("guid'"):
            yield _trap(
                _("поле «{name}» составное: guid без типа ничего не найдет").format(name=name),
                f"{name} {operator.text} cast({right.text},'Catalog_Контрагенты')",
                _("назовите в cast набор, на который ведет ссылка"),
            )
        elif operator.text in ORDERING and (composite or field.type == "Edm.Guid"):
            yield _trap(
                _("ссылку «{name}» сравнивают на больше или меньше").format(name=name),
                _("eq или ne: на остальное база отвечает ошибкой 500"),
                _("перепишите отбор"),
            )
        else:
            yield from _literal(name, field.type, operator.text, right)


def _literal(name: str, type: str, operator: str, right: _Token) -> Iterator[ConfigurationError]:
    wanted = {"Edm.Guid": "guid", "Edm.DateTime": "datetime"}.get(type)
    if wanted is None or right.kind == "name" or right.text.startswith(wanted):
        return
    if right.kind == "literal":
        yield _trap(
            _("«{name}» типа {type} сравнивают со строкой").format(name=name, type=type),
            f"{name} {operator} {wanted}{right.text[right.text.index(chr(39)) :]}",
            _("напишите перед кавычкой {wanted}").format(wanted=wanted),
        )
    elif right.kind == "number":
        yield _trap(
            _("«{name}» типа {type} сравнивают с числом {text}").format(
                name=name, type=type, text=right.text
            ),
            f"{name} {operator} {EXAMPLES[wanted]}",
            _("напишите значение в кавычках, перед ними {wanted}").format(wanted=wanted),
        )


def _pairs(tokens: Sequence[_Token]) -> Iterator[tuple[_Token, _Token]]:
    yield from zip(tokens, [*tokens[1:], _Token("", "")], strict=True)


def _trap(found: str, expected: str, step: str) -> ConfigurationError:
    return ConfigurationError(
        _("Отбор для 1С"), found=found, expected=expected, next_step=step, code="bad_filter"
    )
