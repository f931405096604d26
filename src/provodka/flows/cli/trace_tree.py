"""A trace as lines of trees for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Any, TypeAlias

from provodka.dashboards.insight.changes import Entry, FieldChange
from provodka.dashboards.insight.fields import field_title, part_title, value_word
from provodka.dashboards.insight.messages import CameIn
from provodka.dashboards.insight.settlement import Paper, Standing
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.insight.trace import Change, Effect, Errand, Mark, Node, Trace
from provodka.dashboards.insight.wording import (
    action_word,
    operation_word,
    skipped_word,
    state_word,
    stream_word,
    system_word,
    who,
)
from provodka.flows.cli.screen import Branch, moment
from provodka.foundation.i18n import _

__all__ = ["TraceTrees"]

Field: TypeAlias = tuple[str, str, str]
"""Kind of document, tabular section or nothing, column."""
LONGEST = 70
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")
OPS = {"insert": "+", "update": "~", "delete": "−"}
STYLES = {"insert": "green", "update": "", "delete": "red"}
STATE_STYLES = {"delivered": "green", "flagged": "yellow", "unsure": "yellow", "dead": "red"}


class TraceTrees:
    """Draws a trace; times are told in `zone`, or in this computer's."""

    def __init__(self, found: Trace, zone: tzinfo | None = None) -> None:
        self.found = found
        self.zone = zone

    def history(self) -> Branch:
        """The causal tree, in the order of time."""
        found = self.found
        if found.document is None:
            return Branch(
                _("«{asked}» в хабе нет: не был принят").format(asked=found.asked), "bold"
            )
        root = Branch(f"{kind_title(found.kind or '')} {found.title} ({found.document})", "bold")
        if found.came_from:
            root.add(_("откуда: {origin}").format(origin=who(found.came_from)))
        if found.standing:
            root.add(_("сейчас: {told}").format(told=_stands(found.standing)), "bold")
        for node in found.roots:
            self._hang(root, node)
        return root

    def marks(self) -> Iterator[Branch]:
        """What stands beside the history: one tree for each sort that there is."""
        if self.found.standing and self.found.standing.papers:
            papers = [Branch(self._paper(one)) for one in self.found.standing.papers]
            yield Branch(_("Оплаты и отгрузки по этому счету"), "bold", papers)
        sorts = {
            "binding": (_("Ключи в других системах"), self._binding),
            "quarantine": (_("Отложено до решения человека"), _set_aside),
            "parked": (_("Ждет родителя"), self._parked),
            "awaited_by": (_("Этого документа ждут"), self._parked),
            "conflict": (_("Конфликты"), self._conflict),
        }
        for about, (title, told) in sorts.items():
            mine = [mark for mark in self.found.marks if mark.about == about]
            if mine:
                yield Branch(title, "bold", [Branch(told(mark)) for mark in mine])

    def _hang(self, under: Branch, node: Node) -> None:
        if isinstance(node, Effect):
            branch = self._effect(under, node)
        elif isinstance(node, Errand):
            branch = self._errand(under, node)
        else:
            branch = self._change(under, node)
        for below in node.consequences:
            self._hang(branch, below)

    def _effect(self, under: Branch, node: Effect) -> Branch:
        line = _("{at}  правило {rule}: {action}").format(
            at=self._at(node.at), rule=node.rule, action=action_word(node.action)
        )
        skipped = node.made.get("skipped") if isinstance(node.made, dict) else None
        if skipped:
            line += _(" (не понадобилось: {why})").format(why=skipped_word(skipped))
        return under.add(line, "magenta")

    def _change(self, under: Branch, node: Change) -> Branch:
        line = _("{at}  {op} {kind} {title}  [{who}, №{number}]").format(
            at=self._at(node.at),
            op=OPS[node.op],
            kind=kind_title(node.kind),
            title=node.title or node.document,
            who=who(node.origin),
            number=node.ids[0],
        )
        message = self.found.messages.get(node.ids[0])
        if message:
            line += f"  {_carried(message)}"
        branch = under.add(line, f"bold {STYLES[node.op]}" if node.own else STYLES[node.op])
        for entry in node.entries:
            for told in self._entry(node.kind, entry):
                branch.add(told, "dim")
        return branch

    def _entry(self, kind: str, entry: Entry) -> Iterable[str]:
        told = [self._field((kind, entry.part, one.field), one, entry.op) for one in entry.fields]
        if not entry.part:
            return told
        return (f"{OPS[entry.op]} {part_title(entry.part)} {entry.line}: {'; '.join(told)}",)

    def _field(self, of: Field, change: FieldChange, op: str) -> str:
        before, after = self._value(of, change.before), self._value(of, change.after)
        title = field_title(*of)
        if op == "update":
            return f"{title}: {before} → {after}"
        return f"{title}: {after if op == 'insert' else before}"

    def _value(self, of: Field, value: Any) -> str:
        if value is None or value == []:
            return "—"
        if isinstance(value, bool):
            return _("да") if value else _("нет")
        if of == ("deal", "", "stage"):
            return self.found.stages.get(value, str(value))
        value = value_word(*of, value)
        text = str(self.found.names.get(str(value), value))
        if INSTANT.fullmatch(text):
            return self._at(datetime.fromisoformat(text))
        text = " ".join(text.split())
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    def _errand(self, under: Branch, node: Errand) -> Branch:
        line = _("{at}  → {target}: {operation} {kind} {title}: {state}, попыток {attempts}")
        branch = under.add(
            line.format(
                at=self._at(node.at),
                target=system_word(node.target),
                operation=operation_word(node.operation),
                kind=kind_title(node.kind),
                title=node.title,
                state=state_word(node.state),
                attempts=node.attempts,
            ),
            STATE_STYLES.get(node.state, "cyan"),
        )
        if node.settled_at:
            branch.add(_("завершено {at}").format(at=self._at(node.settled_at)), "dim")
        if sent := _delivered(node):
            branch.add(sent, "dim")
        elif node.marker:
            branch.add(_("метка: {marker}").format(marker=node.marker), "dim")
        for name, value in (node.trouble or {}).items():
            if value:
                branch.add(f"{_trouble(name)}: {value}", "yellow")
        return branch

    def _paper(self, one: Paper) -> str:
        told = _("{kind} {number} от {date}: {amount}, документ {state}").format(
            kind=kind_title(one.kind),
            number=one.number or _("без номера"),
            date=self._at(one.date),
            amount=f"{one.amount:.2f}",
            state=_("удален") if one.deleted else _("проведен") if one.posted else _("не проведен"),
        )
        if one.came:
            told += _("; в хабе с {at}").format(at=self._at(one.came))
        return f"{told}, {_carried(one.message)}" if one.message else told

    def _binding(self, mark: Mark) -> str:
        row = mark.said
        told = f"{system_word(row['system'])}: {row['external_key']}"
        # Objects of EnterpriseData have no versions.
        if row["external_version"]:
            told += _(", версия {version}").format(version=row["external_version"])
        return told + _(", согласовано {at}").format(at=self._at(row["agreed_at"]))

    def _parked(self, mark: Mark) -> str:
        row = mark.said
        return _("{stream} {key} ждет {kind} {parent} с {at}").format(
            stream=stream_word(row["stream"]),
            key=row["external_key"],
            kind=kind_title(row["waits_for_kind"]),
            parent=row["waits_for_key"],
            at=self._at(row["since"]),
        )

    def _conflict(self, mark: Mark) -> str:
        row = mark.said
        of = (row["kind"], "", row["field"])
        told = _("{field}: было {base}, у нас {ours}, у них {theirs}").format(
            field=field_title(*of),
            **{side: self._value(of, row[side]) for side in ("base", "ours", "theirs")},
        )
        if row["resolved_at"] is None:
            return told
        settled = _("решено {at}: {value} ({who})").format(
            at=self._at(row["resolved_at"]),
            value=self._value(of, row["resolution"]),
            who=who(row["resolved_by"] or ""),
        )
        return f"{told}. {settled}"

    def _at(self, at: datetime) -> str:
        return moment(at, self.zone)


def _delivered(node: Errand) -> str:
    """Over which protocol a document has come into the base, and which key it has there."""
    result = node.result
    if not isinstance(result, dict) or not result.get("ref"):
        return ""
    if result.get("protocol") == "enterprise_data":
        told = _("база прочитала сообщение EnterpriseData {version} № {message}, ссылка {ref}")
        return told.format(**result)
    told = _("записано по OData и прочитано обратно, ссылка {ref}").format(ref=result["ref"])
    return told + (_(", метка {marker}").format(marker=node.marker) if node.marker else "")


def _carried(message: CameIn) -> str:
    return _("сообщение EnterpriseData {version} № {number}").format(
        version=message.version, number=message.number
    )


def _stands(standing: Standing) -> str:
    """An invoice in one line, as somebody asks who waits for its money."""
    accounting = value_word("invoice", "", "accounting", standing.accounting)
    parts = [
        _("в бухгалтерии {state}").format(state=accounting),
        _("оплачено {paid} из {amount} {currency}").format(
            paid=f"{standing.paid:.2f}",
            amount=f"{standing.amount:.2f}",
            currency=standing.currency,
        ),
        _("отгружено {shipped}").format(shipped=f"{standing.shipped:.2f}"),
    ]
    if standing.deleted:
        parts.insert(0, _("удален"))
    elif not standing.posted:
        parts.insert(0, _("не проведен"))
    return "; ".join(parts)


def _trouble(name: str) -> str:
    return {
        "where": _("где"),
        "found": _("найдено"),
        "expected": _("ожидалось"),
        "next_step": _("что делать"),
        "code": _("код"),
    }.get(name, name)


def _set_aside(mark: Mark) -> str:
    row = mark.said
    state = _("отложен") if row["state"] == "open" else _("принят при повторе")
    whose = f"{stream_word(row['stream'])} {row['external_key']}"
    told = f"{whose}: {state}, {row['place']}: {row['found']}"
    return f"{told}. {_('Что делать')}: {row['next_step']}" if row["next_step"] else told
