"""A trace as lines of a tree for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provodka.flows.cli.screen import Branch, moment
from provodka.flows.insight.changes import Entry, FieldChange
from provodka.flows.insight.titles import kind_title
from provodka.flows.insight.trace import Change, Effect, Errand, Mark, Node, Trace
from provodka.foundation.i18n import _

__all__ = ["marks", "tree"]

LONGEST = 70
OPS = {"insert": "+", "update": "~", "delete": "−"}
STYLES = {"insert": "green", "update": "", "delete": "red"}
STATE_STYLES = {"delivered": "green", "flagged": "yellow", "unsure": "yellow", "dead": "red"}


def tree(found: Trace) -> Branch:
    """The causal tree, in the order of time."""
    if found.document is None:
        return Branch(_("«{asked}» в хабе нет: не был принят").format(asked=found.asked), "bold")
    root = Branch(f"{kind_title(found.kind or '')} {found.title} ({found.document})", "bold")
    if found.came_from:
        root.add(_("откуда: {origin}").format(origin=_who(found.came_from)))
    for node in found.roots:
        _hang(root, node, found.names)
    return root


def _hang(under: Branch, node: Node, names: Mapping[str, str]) -> None:
    branch = _branch(under, node, names)
    for below in node.consequences:
        _hang(branch, below, names)


def _branch(under: Branch, node: Node, names: Mapping[str, str]) -> Branch:
    if isinstance(node, Effect):
        return under.add(
            _("{at}  правило {rule}: {action}{skipped}").format(
                at=moment(node.at),
                rule=node.rule,
                action=node.action,
                skipped=_skipped(node.made),
            ),
            "magenta",
        )
    if isinstance(node, Errand):
        return _errand(under, node)
    return _change(under, node, names)


def _change(under: Branch, node: Change, names: Mapping[str, str]) -> Branch:
    line = _("{at}  {op} {kind} {title}  [{who}, №{number}]").format(
        at=moment(node.at),
        op=OPS[node.op],
        kind=kind_title(node.kind),
        title=node.title or node.document,
        who=_who(node.origin),
        number=node.ids[0],
    )
    branch = under.add(line, "bold " + STYLES[node.op] if node.own else STYLES[node.op])
    for entry in node.entries:
        for told in _entry(entry, names):
            branch.add(told, "dim")
    return branch


def _entry(entry: Entry, names: Mapping[str, str]) -> Iterable[str]:
    if not entry.part:
        return (_field(field, names, entry.op) for field in entry.fields)
    fields = "; ".join(_field(field, names, entry.op) for field in entry.fields)
    return (f"{OPS[entry.op]} {entry.part} {entry.line}: {fields}",)


def _field(field: FieldChange, names: Mapping[str, str], op: str) -> str:
    before, after = _value(field.before, names), _value(field.after, names)
    if op == "update":
        return f"{field.field}: {before} → {after}"
    return f"{field.field}: {after if op == 'insert' else before}"


def _value(value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    text = " ".join(str(names.get(str(value), value)).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _errand(under: Branch, node: Errand) -> Branch:
    line = _("{at}  → {target}: {operation} {kind} {title}: {state}, попыток {attempts}").format(
        at=moment(node.at),
        target=node.target,
        operation=node.operation,
        kind=kind_title(node.kind),
        title=node.title,
        state=node.state,
        attempts=node.attempts,
    )
    branch = under.add(line, STATE_STYLES.get(node.state, "cyan"))
    if node.settled_at:
        branch.add(_("завершено {at}").format(at=moment(node.settled_at)), "dim")
    if node.marker:
        branch.add(_("метка: {marker}").format(marker=node.marker), "dim")
    for name, value in (node.trouble or {}).items():
        if value:
            branch.add(f"{_trouble(name)}: {value}", "yellow")
    return branch


def _trouble(name: str) -> str:
    return {
        "where": _("где"),
        "found": _("найдено"),
        "expected": _("ожидалось"),
        "next_step": _("что делать"),
        "code": _("код"),
    }.get(name, name)


def _skipped(made: Any) -> str:
    skipped = made.get("skipped") if isinstance(made, dict) else None
    return _(" (не понадобилось: {why})").format(why=skipped) if skipped else ""


def _who(origin: str) -> str:
    name, colon, rest = origin.partition(":")
    known = {
        "onec": _("1С"),
        "mail": _("почта"),
        "telephony": _("телефония"),
        "rule": _("правило {name}"),
        "person": _("сотрудник {name}"),
        "sql": _("SQL, {name}"),
    }
    told = known.get(name)
    if told is None:
        return origin
    return told.format(name=rest) if colon else told


def marks(found: Trace) -> Iterable[Branch]:
    """What stands beside the history: one tree for each sort that there is."""
    sorts = {
        "binding": (_("Ключи в других системах"), _binding),
        "quarantine": (_("Отложено до решения человека"), _set_aside),
        "parked": (_("Ждет родителя"), _parked),
        "awaited_by": (_("Этого документа ждут"), _parked),
        "conflict": (_("Конфликты"), _conflict),
    }
    for about, (title, told) in sorts.items():
        mine = [mark for mark in found.marks if mark.about == about]
        if mine:
            branch = Branch(title, "bold")
            for mark in mine:
                branch.add(told(mark))
            yield branch


def _binding(mark: Mark) -> str:
    row = mark.said
    return _("{system}: {key}, версия {version}, согласовано {at}").format(
        system=row["system"],
        key=row["external_key"],
        version=row["external_version"] or "—",
        at=moment(row["agreed_at"]),
    )


def _set_aside(mark: Mark) -> str:
    row = mark.said
    state = _("отложен") if row["state"] == "open" else _("принят при повторе")
    told = f"{row['stream']} {row['external_key']}: {state}, {row['place']}: {row['found']}"
    return f"{told}. {_('Что делать')}: {row['next_step']}" if row["next_step"] else told


def _parked(mark: Mark) -> str:
    row = mark.said
    return _("{stream} {key} ждет {kind} {parent} с {at}").format(
        stream=row["stream"],
        key=row["external_key"],
        kind=kind_title(row["waits_for_kind"]),
        parent=row["waits_for_key"],
        at=moment(row["since"]),
    )


def _conflict(mark: Mark) -> str:
    row = mark.said
    told = _("{field}: было {base}, у нас {ours}, у них {theirs}").format(
        field=row["field"], base=row["base"], ours=row["ours"], theirs=row["theirs"]
    )
    if row["resolved_at"] is None:
        return told
    return (
        told
        + ". "
        + _("решено {at}: {value}").format(at=moment(row["resolved_at"]), value=row["resolution"])
    )
