"""How sets, their fields, rows and changes of a base are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from difflib import get_close_matches
from typing import Any

from provodka.connectors.onec.odata.metadata import EntitySet, Metadata, Property
from provodka.flows.cli.screen import Screen, moment
from provodka.flows.onec.metadata.changed import Changed
from provodka.flows.onec.virtual import OPTIONS, Table
from provodka.foundation.i18n import _

__all__ = ["show_changes", "show_object", "show_rows", "show_set", "show_sets", "show_table"]

LONGEST = 60
EMPTY = "00000000-0000-0000-0000-000000000000"
Named = Mapping[tuple[str, str], Sequence[str]]


def show_sets(screen: Screen, found: Sequence[EntitySet], metadata: Metadata, pattern: str) -> None:
    """A row for each set."""
    screen.document(
        [
            {
                "set": one.name,
                "keys": list(one.keys),
                "fields": len(one.properties),
                "sections": list(one.sections),
                "functions": list(one.functions),
            }
            for one in found
        ]
    )
    if not found:
        screen.line(_no_sets(metadata, pattern), mark="·")
        return
    screen.table(
        (_("Набор"), _("Полей"), _("Частей"), _("Таблицы и действия")),
        (
            (one.name, len(one.properties), len(one.sections) or "", ", ".join(one.functions))
            for one in found
        ),
    )


def _no_sets(metadata: Metadata, pattern: str) -> str:
    """That nothing fits, with the nearest name; a prefix that was left out does not count."""
    plain = pattern.casefold().strip("*?")
    by_stem = {name.partition("_")[2].casefold(): name for name in metadata.sets}
    by_name = {name.casefold(): name for name in metadata.sets}
    for known in (by_stem, by_name):
        if close := get_close_matches(plain, known, n=1):
            return _("таких наборов нет; возможно, {name}").format(name=known[close[0]])
    return _("таких наборов нет; все покажет provodka onec sets без образца")


def show_set(screen: Screen, one: EntitySet, named: Named) -> None:
    """The fields of a set and of its sections; of the hub's mappings, those that name a field."""
    screen.document(
        {
            "set": one.name,
            "keys": list(one.keys),
            "fields": [_plain(one, "", field) for field in one.properties.values()],
            "sections": {
                name: [_plain(one, name, field) for field in fields.values()]
                for name, fields in one.sections.items()
            },
            "functions": {
                name: {"parameters": dict(said.parameters), "action": said.action}
                for name, said in one.functions.items()
            },
        }
    )
    screen.line(_("{set}, ключ: {keys}").format(set=one.name, keys=", ".join(one.keys)))
    _fields(screen, one, "", one.properties, named)
    for name, fields in one.sections.items():
        screen.heading(_("Табличная часть {name}").format(name=name))
        _fields(screen, one, name, fields, named)
    if one.functions:
        screen.heading(_("Таблицы и действия"))
        screen.table(
            (_("Имя"), _("Параметры"), _("Меняет данные")),
            (
                (name, ", ".join(said.parameters), _("да") if said.action else "")
                for name, said in one.functions.items()
            ),
        )


def _fields(
    screen: Screen, one: EntitySet, section: str, fields: Mapping[str, Property], named: Named
) -> None:
    screen.table(
        (_("Поле"), _("Тип"), _("Ведет на"), _("Соответствия")),
        (
            (
                field.name,
                _typed(field),
                _target(one, section, field.name),
                ", ".join(named.get((section, field.name), ())),
            )
            for field in fields.values()
        ),
    )


def _typed(field: Property) -> str:
    return field.type if field.max_length is None else f"{field.type}({field.max_length})"


def _target(one: EntitySet, section: str, name: str) -> str:
    path = f"{section}/{name}" if section else name
    known = one.targets.get(path, "")
    return known or (_("составной, см. {name}_Type").format(name=name) if _mixed(one, path) else "")


def _mixed(one: EntitySet, path: str) -> bool:
    return one.is_composite(path)


def _plain(one: EntitySet, section: str, field: Property) -> dict[str, Any]:
    path = f"{section}/{field.name}" if section else field.name
    return {
        "name": field.name,
        "type": field.type,
        "nullable": field.nullable,
        "max_length": field.max_length,
        "target": one.targets.get(path) or None,
        "composite": _mixed(one, path),
    }


def show_table(screen: Screen, table: Table) -> None:
    """The parameters of a virtual table, with the options that give them, and its columns."""
    function = table.function
    screen.document(
        {
            "table": table.name,
            "parameters": dict(function.parameters),
            "fields": [{"name": one.name, "type": one.type} for one in function.fields.values()],
        }
    )
    screen.heading(table.name)
    screen.table(
        (_("Параметр"), _("Тип"), _("Как задать")),
        ((name, type, OPTIONS.get(name, "")) for name, type in function.parameters.items()),
    )
    if not function.fields:
        screen.line(_("колонок таблицы база не описывает"), mark="·")
        return
    screen.heading(_("Колонки"))
    screen.table(
        (_("Поле"), _("Тип")), ((one.name, _typed(one)) for one in function.fields.values())
    )


def show_rows(
    screen: Screen, rows: Sequence[Mapping[str, Any]], more: bool, *, filled: bool = False
) -> None:
    """Rows as a table; tabular sections in it only by their number of rows.

    With `filled`, columns in which no row has anything are left out of what people see.
    """
    screen.document({"rows": list(rows), "more": more})
    if not rows:
        screen.line(_("строк нет"), mark="·")
        return
    names = [name for name in rows[0] if not filled or any(_is_said(row, name) for row in rows)]
    screen.table(names, ([_cell(row.get(name)) for name in names] for row in rows))
    if more:
        screen.line(_("есть еще; --top покажет больше, --all покажет все"), mark="·")


def _is_said(row: Mapping[str, Any], name: str) -> bool:
    return row.get(name) not in (None, "", 0, False, EMPTY)


def show_object(screen: Screen, row: Mapping[str, Any]) -> None:
    """An object: its fields one under another, then its sections."""
    screen.document(dict(row))
    plain = {name: value for name, value in row.items() if not isinstance(value, list)}
    screen.table(
        (_("Поле"), _("Значение")), ((name, _cell(value)) for name, value in plain.items())
    )
    for name, lines in row.items():
        if isinstance(lines, list) and lines:
            screen.heading(name)
            columns = list(lines[0])
            screen.table(columns, ([_cell(line.get(one)) for one in columns] for line in lines))


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return _("строк: {count}").format(count=len(value))
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def show_changes(
    screen: Screen, found: Changed, zone: tzinfo | None, *, accepted: bool = False
) -> None:
    """The changes, which lines of which mappings they concern, and whether they wait."""
    touched = found.touched or {}
    screen.document(
        {
            "before": found.before,
            "after": found.after,
            "waiting": found.waiting and not accepted,
            "accepted": accepted,
            "changes": [_told(change) for change in found.changes],
            "touched": {
                name: [_told(one.change) | {"place": str(one.place)} for one in those]
                for name, those in touched.items()
            },
        }
    )
    if found.after is None:
        screen.line(_("базу еще не видели: выполните provodka check"), mark="·")
        return
    if found.before is None:
        told = _("базу видели один раз, {after}: сравнивать не с чем")
        screen.line(told.format(after=moment(found.after, zone)), mark="·")
        return
    screen.heading(
        _("С {before} по {after}: изменений {count}").format(
            before=moment(found.before, zone),
            after=moment(found.after, zone),
            count=len(found.changes),
        )
    )
    for change in found.changes:
        screen.line(str(change))
    for name, those in touched.items():
        screen.heading(_("Коснулось соответствия {name}").format(name=name))
        for one in those:
            screen.line(f"{one.place}: {one.change}", mark="✗" if one.breaking else "✓")
    if accepted:
        screen.line(_("состояние базы принято"), mark="✓")
    elif found.waiting:
        screen.line(_("эти изменения ждут: исправьте соответствие или примите их"), mark="!")


def _told(change: Any) -> dict[str, str]:
    names = ("entity", "section", "field", "kind", "before", "after")
    return {name: str(getattr(change, name)) for name in names}
