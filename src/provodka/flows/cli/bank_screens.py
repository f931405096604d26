"""What `provodka bank` shows: files, a list of documents, one document with its candidates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from provodka.connectors.client_bank.values import Note
from provodka.dashboards.insight.counted import tally
from provodka.dashboards.insight.wording import who
from provodka.flows.bank.statements import Imported
from provodka.flows.cli.plan_shown import show_plan
from provodka.flows.cli.screen import Branch, Cell, Screen, moment
from provodka.flows.cli.telling import told_lines
from provodka.foundation.i18n import _
from provodka.foundation.money import Money

__all__ = ["show_document", "show_imported", "show_list"]

MOST_NOTES = 20
MOST_LINES = 5
STYLES = {"undecided": "yellow", "matched": "green", "apart": "dim"}


def show_imported(screen: Screen, done: Imported) -> None:
    """Each file with its counts and remarks, then what was decided."""
    for one in done.files:
        if one.error is not None:
            for line in told_lines(one.error):
                screen.line(line)
            continue
        told = tally(one.counts) or _("документов нет")
        screen.line(f"{one.path.name}: {told}", mark="!" if one.counts["set_aside"] else "✓")
        _remarks(screen, one.notes)
    if done.plan is not None:
        show_plan(screen, done.plan)
    told = tally(done.decided)
    screen.line(_("поступления: {told}").format(told=told or _("ничего нового")), mark="✓")
    if done.decided["undecided"]:
        screen.line(_("их покажет provodka bank list --undecided"), mark="!")
    if done.set_aside:
        screen.line(_("отложенное покажет provodka quarantine list --stream bank"), mark="!")


def _remarks(screen: Screen, notes: Sequence[Note]) -> None:
    """Remarks that say the same are told once, with the lines they are about."""
    lines: dict[str, list[int]] = {}
    for note in notes:
        lines.setdefault(note.text, []).append(note.line)
    for text, places in list(lines.items())[:MOST_NOTES]:
        screen.line(f"  {_place(places)}{text}", mark="·")
    if len(lines) > MOST_NOTES:
        more = len(lines) - MOST_NOTES
        screen.line("  " + _("и еще {more}; все покажет --json").format(more=more), mark="·")


def _place(lines: Sequence[int]) -> str:
    named = [str(line) for line in lines if line]
    if len(named) < 2:
        return _("строка {line}: ").format(line=named[0]) if named else ""
    shown = ", ".join(named[:MOST_LINES])
    if len(named) > MOST_LINES:
        return _("строки {lines} и еще {more}: ").format(lines=shown, more=len(named) - MOST_LINES)
    return _("строки {lines}: ").format(lines=shown)


def show_list(screen: Screen, rows: Sequence[dict[str, Any]]) -> None:
    """Documents as a table."""
    if not rows:
        screen.line(_("документов нет"), mark="✓")
        return
    columns = (_("№"), _("Дата"), _("Сумма"), _("Кто"), _("Назначение"), _("Что это"), _("Счета"))
    screen.table(columns, (_row(row) for row in rows))


def _row(row: dict[str, Any]) -> Sequence[Any]:
    sign = "" if row["direction"] == "in" else "−"
    return (
        row["id"],
        _day(row["moved_on"] or row["date"]),
        sign + str(Money(row["amount"], row["currency"])),
        _short(row["party_name"] or "", 30),
        _short(row["purpose"], 50),
        _state(row),
        row["invoices"],
    )


def _state(row: dict[str, Any]) -> Cell:
    words = {"undecided": _("ждет решения"), "matched": _("отнесено к счетам")}
    cell = Cell(words.get(row["state"]) or _nature(row["nature"]))
    cell.style = STYLES[row["state"]]
    return cell


def _nature(nature: str) -> str:
    return {
        "customer": _("не оплата счета"),
        "own": _("свой перевод"),
        "budget": _("бюджет"),
        "bank": _("операция банка"),
        "refund": _("возврат"),
        "spent": _("наш платеж"),
    }.get(nature, nature)


def show_document(screen: Screen, found: dict[str, Any], zone: tzinfo | None) -> None:
    """One document: what the bank said, what was decided, what else it could be."""
    title = _("{kind} № {number} от {day}")
    screen.heading(title.format(kind=found["kind"], number=found["number"] or "—",
                                day=_day(found["date"])))  # fmt: skip
    for name, value in _facts(found, zone):
        if value:
            screen.line(f"{name}: {value}")
    for one in found["allocations"]:
        number = one["number"] or _("без счета")
        screen.line(f"  {number}: {Money(one['amount'], found['currency'])}", mark="✓")
    if found["candidates"]:
        screen.heading(_("Варианты"))
    for one in found["candidates"]:
        screen.tree(_candidate(one))


def _facts(found: dict[str, Any], zone: tzinfo | None) -> Sequence[tuple[str, Any]]:
    incoming = found["direction"] == "in"
    files = ", ".join(f"{one['name']}:{one['line']}" for one in found["files"])
    decided = found["decided_by"]
    return (
        (_("Сумма"), str(Money(found["amount"], found["currency"]))),
        (_("Поступило") if incoming else _("Списано"), _day(found["moved_on"])),
        (_("Плательщик") if incoming else _("Получатель"), found["party_name"]),
        (_("ИНН"), found["party_inn"]),
        (_("Счет"), found["party_account"]),
        (_("Назначение"), found["purpose"]),
        (_("Файлы"), files),
        (_("Состояние"), _state(found)),
        (_("Почему"), found["why"]),
        (_("Кто решил"), who(decided) if decided else ""),
        (_("Когда"), moment(found["decided_at"], zone)),
        (_("В 1С"), found["accounting_number"]),
    )


def _candidate(one: dict[str, Any]) -> Branch:
    shares = ", ".join(
        f"{share['number']} — {Money(Decimal(share['amount']))}" for share in one["shares"]
    )
    title = _("{score} баллов: {shares}").format(score=one["score"], shares=shares)
    branch = Branch(title, "bold")
    for reason in one["reasons"]:
        points = reason["points"]
        branch.add(f"{points:+d} {reason['text']}", "green" if points > 0 else "red")
    return branch


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _short(text: str, most: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
