"""What a trace tells, line by line, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from provodka.dashboards.insight.changes import Entry, FieldChange
from provodka.dashboards.insight.fields import field_title, part_title, value_word
from provodka.dashboards.insight.messages import CameIn
from provodka.dashboards.insight.settlement import Paper, Standing
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.insight.trace import Change, Effect, Errand, Mark, Trace
from provodka.dashboards.insight.values import Field, Number, Values, moment, plainly
from provodka.dashboards.insight.wording import (
    action_word,
    operation_word,
    skipped_word,
    state_word,
    stream_word,
    system_word,
    who,
)
from provodka.foundation.i18n import _
from provodka.foundation.money import kopecks

__all__ = ["OPS", "SORTS", "LifeWords", "stands"]

OPS = {"insert": "+", "update": "~", "delete": "−"}
SORTS = ("binding", "quarantine", "parked", "awaited_by", "conflict")
"""What may stand beside a document's history, in the order in which it is told."""


class LifeWords:
    """Words for one trace; `values` decides zone, length and what is veiled."""

    def __init__(self, found: Trace, values: Values) -> None:
        self.found = found
        self.values = values

    def effect(self, node: Effect) -> str:
        """What a rule has done."""
        line = _("правило {rule}: {action}").format(rule=node.rule, action=action_word(node.action))
        skipped = node.made.get("skipped") if isinstance(node.made, dict) else None
        if skipped:
            line += _(" (не понадобилось: {why})").format(why=skipped_word(skipped))
        return line

    def change(self, node: Change) -> str:
        """Which document was changed, by whom, under which number, in which message."""
        line = _("{op} {kind} {title}  [{who}, №{number}]").format(
            op=OPS[node.op],
            kind=kind_title(node.kind),
            title=self.values.names.get(str(node.document)) or node.title or node.document,
            who=who(node.origin),
            number=node.ids[0],
        )
        message = self.found.messages.get(node.ids[0])
        return f"{line}  {_carried(message)}" if message else line

    def entry(self, kind: str, entry: Entry) -> Iterable[str]:
        """Each field of the document itself; a row of a section as one line."""
        told = [self._field((kind, entry.part, one.field), one, entry.op) for one in entry.fields]
        if not entry.part:
            return told
        return (f"{OPS[entry.op]} {part_title(entry.part)} {entry.line}: {'; '.join(told)}",)

    def errand(self, node: Errand) -> str:
        """What was to be done in another system, and how far it has come."""
        line = _("→ {target}: {operation} {kind} {title}: {state}, попыток {attempts}")
        return line.format(
            target=system_word(node.target),
            operation=operation_word(node.operation),
            kind=kind_title(node.kind),
            title=self.values.names.get(str(node.document)) or node.title,
            state=state_word(node.state),
            attempts=node.attempts,
        )

    def errand_notes(self, node: Errand) -> Iterator[str]:
        """When it ended, and how it is found in the other system."""
        if node.settled_at:
            yield _("завершено {at}").format(at=self.at(node.settled_at))
        if sent := _delivered(node):
            yield sent
        elif node.marker:
            yield _("метка: {marker}").format(marker=node.marker)

    def errand_troubles(self, node: Errand) -> Iterator[str]:
        """What stood in its way."""
        for name, value in (node.trouble or {}).items():
            if value:
                yield f"{_trouble(name)}: {value}"

    def paper(self, one: Paper) -> str:
        """A payment or a shipment of an invoice."""
        told = _("{kind} {number} от {date}: {amount}, документ {state}").format(
            kind=kind_title(one.kind),
            number=one.number or _("без номера"),
            date=self.at(one.date),
            amount=self.values.number("amount", kopecks(one.amount)),
            state=_("удален") if one.deleted else _("проведен") if one.posted else _("не проведен"),
        )
        if one.came:
            told += _("; в хабе с {at}").format(at=self.at(one.came))
        return f"{told}, {_carried(one.message)}" if one.message else told

    def sort_title(self, sort: str) -> str:
        """What marks of one of `SORTS` are called."""
        return {
            "binding": _("Ключи в других системах"),
            "quarantine": _("Отложено до решения человека"),
            "parked": _("Ждет родителя"),
            "awaited_by": _("Этого документа ждут"),
            "conflict": _("Конфликты"),
        }[sort]

    def mark(self, mark: Mark) -> str:
        """One thing that stands beside the history."""
        told = {
            "binding": self._binding,
            "quarantine": _set_aside,
            "parked": self._parked,
            "awaited_by": self._parked,
            "conflict": self._conflict,
        }
        return told[mark.about](mark)

    def at(self, at: datetime) -> str:
        """A time by the reader's clock."""
        return moment(at, self.values.zone)

    def _field(self, of: Field, change: FieldChange, op: str) -> str:
        before, after = (self.values.text(of, side) for side in (change.before, change.after))
        title = field_title(*of)
        if op == "update":
            return f"{title}: {before} → {after}"
        return f"{title}: {after if op == 'insert' else before}"

    def _binding(self, mark: Mark) -> str:
        row = mark.said
        told = f"{system_word(row['system'])}: {row['external_key']}"
        # Objects of EnterpriseData have no versions.
        if row["external_version"]:
            told += _(", версия {version}").format(version=row["external_version"])
        return told + _(", согласовано {at}").format(at=self.at(row["agreed_at"]))

    def _parked(self, mark: Mark) -> str:
        row = mark.said
        return _("{stream} {key} ждет {kind} {parent} с {at}").format(
            stream=stream_word(row["stream"]),
            key=row["external_key"],
            kind=kind_title(row["waits_for_kind"]),
            parent=row["waits_for_key"],
            at=self.at(row["since"]),
        )

    def _conflict(self, mark: Mark) -> str:
        row = mark.said
        of = (row["kind"], "", row["field"])
        told = _("{field}: было {base}, у нас {ours}, у них {theirs}").format(
            field=field_title(*of),
            **{side: self.values.text(of, row[side]) for side in ("base", "ours", "theirs")},
        )
        if row["resolved_at"] is None:
            return told
        settled = _("решено {at}: {value} ({who})").format(
            at=self.at(row["resolved_at"]),
            value=self.values.text(of, row["resolution"]),
            who=who(row["resolved_by"] or ""),
        )
        return f"{told}. {settled}"


def stands(standing: Standing, number: Number = plainly) -> str:
    """An invoice in one line, as somebody asks who waits for its money; `number` writes sums."""
    accounting = value_word("invoice", "", "accounting", standing.accounting)
    parts = [
        _("в бухгалтерии {state}").format(state=accounting),
        _("оплачено {paid} из {amount} {currency}").format(
            paid=number("paid_amount", kopecks(standing.paid)),
            amount=number("amount", kopecks(standing.amount)),
            currency=standing.currency,
        ),
        _("отгружено {shipped}").format(
            shipped=number("shipped_amount", kopecks(standing.shipped))
        ),
    ]
    if standing.deleted:
        parts.insert(0, _("удален"))
    elif not standing.posted:
        parts.insert(0, _("не проведен"))
    return "; ".join(parts)


def _delivered(node: Errand) -> str:
    """Over which protocol a document has come into the base, and which key it has there."""
    result: Any = node.result
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
