"""A plan on the screen: what would change here, be sent to 1C, or wait for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.cli.screen import Screen
    from provodka.flows.insight.planned import Plan, PlannedChange, PlannedEntry, PlannedField, Push
    from provodka.flows.planning.applying import Applied
    from provodka.flows.planning.differences import Moved

__all__ = ["show_applied", "show_moved", "show_plan"]

MOST_ROWS = 200
NOW = "now"
"""How a plan tells the moment of its run."""
NOBODY: Mapping[str, str] = MappingProxyType({})
Row = tuple[str, ...]


def show_plan(screen: Screen, plan: Plan, names: Mapping[str, str] = NOBODY) -> None:
    """What a run would create, change, delete, send and set aside.

    `names` are shown instead of the keys of documents that fields refer to.
    """
    from provodka.dashboards.insight.wording import stream_word

    screen.heading(_("Что изменилось бы здесь: {count}").format(count=len(plan.changes)))
    _table(screen, (row for one in plan.changes for row in _changed(one, names)))
    if plan.pushes or "outbox" in plan.streams:
        screen.heading(_("Что было бы записано в 1С: {count}").format(count=len(plan.pushes)))
        _table(screen, (row for one in plan.pushes for row in _pushed(one, names)))
    for title, held in (
        (_("Были бы отложены"), plan.set_aside),
        (_("Ждали бы родителя"), plan.parked),
    ):
        if held:
            screen.heading(title)
            screen.table(
                (_("Поток"), _("Ключ"), _("Почему"), _("Что делать")),
                (
                    (stream_word(one.stream), one.external_key, one.reason, one.next_step)
                    for one in held
                ),
            )
    _disputes(screen, plan)


def _table(screen: Screen, rows: Iterator[Row]) -> None:
    shown: list[Row] = []
    more = 0
    for row in rows:
        if len(shown) < MOST_ROWS:
            shown.append(row)
        else:
            more += 1
    if shown:
        columns = (_("Действие"), _("Документ"), _("Поле"), _("Было → станет"), _("Чье значение"))
        screen.table(columns, shown)
    if more:
        screen.line(_("и еще {more}; все покажет --json").format(more=more), mark="·")


def _changed(one: PlannedChange, names: Mapping[str, str]) -> Iterator[Row]:
    from provodka.dashboards.insight.wording import op_word

    head = (op_word(one.op), _title(one.kind, one.title or one.document))
    new = one.op == "insert"
    fields = [row for entry in one.entries for row in _entry(one.kind, entry, names, new=new)]
    yield from _rows(head, fields)


def _pushed(one: Push, names: Mapping[str, str]) -> Iterator[Row]:
    from provodka.dashboards.insight.wording import op_word, state_word

    head = (op_word(one.op), _title(one.kind, one.title or one.document))
    fields = [_field(one.kind, *_placed(field), names) for field in one.fields]
    if one.state not in ("delivered",):
        fields.insert(0, ("", state_word(one.state), one.trouble))
    if one.op == "insert":
        fields.append(("", _wires(one), ""))
    elif not one.fields:
        fields += [
            (name, f"→ {_short(value)}", "")
            for wire in one.writes
            for name, value in (wire.body or {}).items()
        ]
    yield from _rows(head, fields or [("", _wires(one), "")])


def _placed(one: PlannedField) -> tuple[str, str, PlannedField]:
    """`lines.2.price` as the part, the line, and the field alone; a whole line has no field."""
    part, dot, rest = one.field.partition(".")
    if not dot:
        return "", "", one
    line, _dot, name = rest.partition(".")
    return part, line, replace(one, field=name)


def _wires(one: Push) -> str:
    return "; ".join(f"{wire.method} {wire.path}" for wire in one.writes)


def _rows(head: Row, fields: Sequence[Row]) -> Iterator[Row]:
    """The document is named on its first line alone."""
    for place, told in enumerate(fields or [("", "", "")]):
        yield (*(head if place == 0 else ("", "")), *told)


def _title(kind: str, title: str) -> str:
    from provodka.dashboards.insight.titles import kind_title

    return f"{kind_title(kind)} {title}"


def _entry(kind: str, entry: PlannedEntry, names: Mapping[str, str], *, new: bool) -> Iterator[Row]:
    if new and entry.part:
        return
    for one in entry.fields:
        if new and one.after is None:
            continue
        yield _field(kind, entry.part, entry.line, one, names)


def _field(
    kind: str, part: str, line: int | str | None, one: PlannedField, names: Mapping[str, str]
) -> Row:
    from provodka.dashboards.insight.fields import field_title, part_title
    from provodka.dashboards.insight.wording import why_word

    where = f"{part_title(part)} {line}: " if part else ""
    before, after = (_said(kind, part, one.field, side, names) for side in (one.before, one.after))
    return f"{where}{field_title(kind, part, one.field)}", f"{before} → {after}", why_word(one.why)


def _said(kind: str, part: str, field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value in words: a code's, a document's name, the moment of the run."""
    from provodka.dashboards.insight.fields import value_word
    from provodka.dashboards.insight.titles import reference_kind

    if value == NOW:
        return _("время запуска")
    if isinstance(value, str) and reference_kind(kind, part, field):
        return _short(names.get(value, value))
    return _short(value_word(kind, part, field, value))


def _disputes(screen: Screen, plan: Plan) -> None:
    from provodka.dashboards.insight.fields import field_title

    if plan.conflicts:
        screen.heading(_("Решать пришлось бы человеку: {count}").format(count=len(plan.conflicts)))
        screen.table(
            (_("Документ"), _("Поле"), _("Согласовано"), _("У нас"), _("В 1С")),
            (
                (
                    _title(one.kind, one.title or one.document),
                    field_title(one.kind, "", one.field),
                    _short(one.base),
                    _short(one.ours),
                    _short(one.theirs),
                )
                for one in plan.conflicts
            ),
        )


def show_moved(screen: Screen, found: Iterable[Moved]) -> None:
    """What is no longer as the plan says."""
    screen.heading(_("План не выполнен: с тех пор изменилось"))
    screen.table(
        (_("Документ"), _("Поле"), _("В плане"), _("Сейчас")),
        (
            (
                _title(one.kind, one.document),
                _moved_field(one),
                _side(one.planned),
                _side(one.now),
            )
            for one in found
        ),
    )


def _moved_field(one: Moved) -> str:
    from provodka.dashboards.insight.disputes import disputed_field

    if one.field == "op":
        return _("действие")
    if one.what not in ("pull", "conflict"):
        return one.field
    name = disputed_field(one.kind, one.field.removesuffix("?"))
    return _("{field}: чье значение").format(field=name) if one.field.endswith("?") else name


def _side(value: Any) -> str:
    from provodka.dashboards.insight.wording import why_word

    if isinstance(value, tuple):
        return why_word(value[-1]) or "—"
    if isinstance(value, dict) and set(value) == {"before", "after"}:
        return f"{_short(value['before'])} → {_short(value['after'])}"
    words = {"planned": _("было в плане"), "new": _("появилось")}
    return words.get(value, _short(value)) if isinstance(value, str) else _short(value)


def show_applied(screen: Screen, done: Applied) -> None:
    """What became of a plan."""
    from provodka.dashboards.insight.wording import state_word

    told = _("План выполнен: здесь {here}, в 1С {there}")
    screen.heading(told.format(here=len(done.plan.changes), there=len(done.sent)))
    if done.later:
        screen.line(
            _("появилось после плана и ждет следующего запуска: {count}").format(count=done.later),
            mark="·",
        )
    for one in done.sent:
        if not one.as_planned:
            title = _title(one.kind, one.title or one.document)
            screen.line(f"{title}: {state_word(one.state)}. {one.trouble}", mark="!")


def _short(value: Any) -> str:
    text = "—" if value is None else " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"
