"""What can be wrong with one pair of a declaration, before any base is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Table

from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings import store_side
from provodka.mappings.books import BOOKS
from provodka.mappings.contacts import CONTACTS
from provodka.mappings.converters import CONVERTERS
from provodka.mappings.declaration import FieldDeclaration

__all__ = ["Trouble", "pair_troubles"]

Trouble = tuple[str, str, str, str]


def pair_troubles(
    said: FieldDeclaration, how: str, argument: str, table: Table, entities: Mapping[str, str]
) -> list[Trouble]:
    """All mistakes of a pair: (key of the pair, found, expected, next step)."""
    if how not in CONVERTERS:
        found = _("преобразование «{name}»").format(name=how)
        return [("as", found, nearest(how, CONVERTERS), _("исправьте as"))]
    troubles = [*_column(said, how, argument, table), *_shape(said, how)]
    troubles += _argument(how, argument, entities)
    return troubles


def _column(said: FieldDeclaration, how: str, argument: str, table: Table) -> Iterator[Trouble]:
    column = table.columns.get(said.ours)
    if column is None:
        found = _("в таблице {table} нет колонки «{name}»").format(
            table=table.fullname, name=said.ours
        )
        yield "ours", found, nearest(said.ours, table.columns.keys()), _("исправьте ours")
        return
    trouble = store_side.column_trouble(column, how, argument)
    if trouble is not None:
        yield "as", trouble[0], trouble[1], _("выберите преобразование под тип колонки")
    allowed = store_side.choices(column)
    for value in _codes(said, how):
        if allowed and value not in allowed:
            found = _("колонка {column} не допускает «{value}»").format(
                column=column.name, value=value
            )
            key = "values" if how == "enum" else "value"
            yield key, found, nearest(value, allowed), _("исправьте значение")


def _codes(said: FieldDeclaration, how: str) -> list[str]:
    listed = list(said.values or ()) if how == "enum" else []
    return listed + [str(one) for one in (said.default, said.value) if isinstance(one, str)]


def _shape(said: FieldDeclaration, how: str) -> Iterator[Trouble]:
    constant = how == "constant"
    if constant and said.value is None:
        yield "as", _("нет value"), _("value: значение"), _("добавьте value")
    if constant and said.theirs is not None:
        yield "theirs", said.theirs, _("пара без theirs"), _("для записи есть раздел constants")
    if not constant and said.theirs is None:
        yield "ours", _("нет theirs"), _("имя поля в 1С"), _("добавьте theirs")
    if not constant and said.value is not None:
        yield "value", str(said.value), _("as: constant"), _("уберите value или смените as")
    if said.foreign and how != "composite reference":
        yield "foreign", _("as: {how}").format(how=how), "composite reference", _("уберите foreign")
    if how == "contact" and said.direction != "in":
        yield "as", _("as: contact"), _("direction: in"), _("контакты хаб только читает")
    if (how == "enum") != bool(said.values):
        yield (
            "as",
            _("as: {how}").format(how=how),
            _("values вместе с as: enum"),
            _("исправьте пару"),
        )


def _argument(how: str, argument: str, entities: Mapping[str, str]) -> Iterator[Trouble]:
    known = {"kind": entities, "book": BOOKS, "contact": CONTACTS}.get(CONVERTERS[how].argument)
    if known is None or argument in known:
        return
    found = _("«{how} {name}»").format(how=how, name=argument)
    if CONVERTERS[how].argument == "kind":
        expected = _("вид документа, у которого есть соответствие: {hint}").format(
            hint=nearest(argument, list(known))
        )
    else:
        expected = nearest(argument, list(known))
    yield "as", found, expected, _("исправьте as или добавьте файл соответствия")
