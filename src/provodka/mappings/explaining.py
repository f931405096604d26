"""Why a row could not be read: the slow path, field by field, with names and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest
from provodka.mappings import compiled
from provodka.mappings.converters import expected_of
from provodka.mappings.reader_base import TROUBLES, Absent, NotHere, Page, is_key
from provodka.mappings.readers import reader_of
from provodka.mappings.vat import OURS_BY_ENUM

__all__ = ["explain", "shown"]

# What a text says may be a name, a phone or a letter: it stays out of messages.
_PRIVATE = frozenset({"text", "trimmed text", "comment", "inn", "kpp", "contact"})
_SYSTEM = (("Ref_Key", str), ("DataVersion", str), ("DeletionMark", bool))


def explain(mapping: compiled.Mapping, page: Page, row: Any) -> Misunderstood | NotHere:
    """The first field that is wrong, or else the first parent that is missing."""
    parent: NotHere | None = None
    for trouble in _troubles(mapping, page, row):
        if isinstance(trouble, Misunderstood):
            return trouble
        parent = parent or trouble
    return parent or _misread(mapping, "", _("строку"), "", "row")


def _troubles(mapping: compiled.Mapping, page: Page, row: Any) -> Iterator[Misunderstood | NotHere]:
    if not isinstance(row, Mapping):
        yield _misread(mapping, "", shown(row), _("объект JSON"), "row")
        return
    for name, expected in _SYSTEM:
        value = row.get(name)
        if not isinstance(value, expected) or not str(value).isprintable():
            yield _misread(mapping, name, _found(row, name), _type_of(expected), "system_field")
    if not is_key(row.get("Ref_Key")):
        yield _misread(mapping, "Ref_Key", _found(row, "Ref_Key"), _("GUID"), "system_field")
    for name, _allowed, _place in mapping.only:
        if not isinstance(row.get(name), str | bool | int):
            yield _misread(mapping, name, _found(row, name), _("строка или число"), "bad_value")
    yield from _fields(mapping, page, mapping.reading_pairs, row, "")
    for part in mapping.parts:
        for section in part.sections:
            yield from _section(mapping, page, section, row.get(section.theirs))


def _section(
    mapping: compiled.Mapping, page: Page, section: compiled.Section, lines: Any
) -> Iterator[Misunderstood | NotHere]:
    if not isinstance(lines, list):
        yield _misread(mapping, section.theirs, shown(lines), _("список строк"), "section")
        return
    for index, line in enumerate(lines, 1):
        at = f"{section.theirs}[{index}]"
        if not isinstance(line, Mapping):
            yield _misread(mapping, at, shown(line), _("объект JSON"), "row")
            continue
        try:
            int(line["LineNumber"])
        except TROUBLES:
            found = _found(line, "LineNumber")
            yield _misread(mapping, f"{at}.LineNumber", found, _("целое число"), "bad_value")
        yield from _fields(mapping, page, section.pairs, line, f"{at}.")


def _fields(
    mapping: compiled.Mapping,
    page: Page,
    pairs: tuple[compiled.Pair, ...],
    row: Mapping[str, Any],
    at: str,
) -> Iterator[Misunderstood | NotHere]:
    for pair in pairs:
        if pair.reads:
            try:
                reader_of(pair, page)(row)
            except NotHere as missing:
                yield missing
            except TROUBLES as error:
                yield _field_trouble(mapping, pair, row, at, error)


def _field_trouble(
    mapping: compiled.Mapping,
    pair: compiled.Pair,
    row: Mapping[str, Any],
    at: str,
    error: Exception,
) -> Misunderstood:
    name = next((one for one in pair.theirs_names if one not in row), None)
    if name is not None:
        return _misread(
            mapping, at + name, _("поля нет в ответе"), expected_of(pair.how), "no_field"
        )
    if isinstance(error, Absent):
        expected = _("заполненное поле: {what}").format(what=expected_of(pair.how))
        return _misread(mapping, at + pair.theirs, _("пусто"), expected, "empty")
    values = [row[name] for name in pair.theirs_names]
    private = pair.how in _PRIVATE
    found = ", ".join(_kind_of(one) if private else shown(one) for one in values)
    return _misread(mapping, at + pair.theirs, found, _expected(pair, values[0]), "bad_value")


def _expected(pair: compiled.Pair, value: Any) -> str:
    if pair.how == "vat_rate" and isinstance(value, str):
        return nearest(value, list(OURS_BY_ENUM))
    if pair.how == "enum" and isinstance(value, str):
        return nearest(value, [str(one) for one in pair.ours_of])
    return expected_of(pair.how)


def _misread(
    mapping: compiled.Mapping, at: str, found: str, expected: str, code: str
) -> Misunderstood:
    return Misunderstood(
        f"{mapping.entity} {at}".strip(),
        found=found,
        expected=expected,
        next_step=_(
            "исправьте документ в 1С или соответствие {name}, затем повторите разбор"
        ).format(name=f"{mapping.name}.yaml"),
        code=code,
    )


def shown(value: Any) -> str:
    """A value for a message: short, quoted when it is text."""
    text = f"«{value}»" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return _("строка из {count} знаков, не подходящая по виду").format(count=len(value))
    return type(value).__name__


def _found(row: Mapping[str, Any], name: str) -> str:
    return shown(row[name]) if name in row else _("поля нет в ответе")


def _type_of(expected: type) -> str:
    return _("true или false") if expected is bool else _("строка")
