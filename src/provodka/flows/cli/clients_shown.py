"""Candidates and merges of clients on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any
from uuid import UUID

from provodka.dashboards.insight.fields import field_title, value_word
from provodka.dashboards.insight.titles import kind_title
from provodka.dashboards.insight.wording import who
from provodka.flows.cli.screen import Screen, moment
from provodka.flows.clients.merging import Merged
from provodka.flows.clients.undoing import Undone
from provodka.foundation.i18n import _

__all__ = ["show_candidates", "show_merge", "show_merges", "show_undone"]

Row = dict[str, Any]


def show_candidates(screen: Screen, rows: Sequence[Row]) -> None:
    """Each pair with its points, and under it why."""
    if not rows:
        screen.line(_("похожих клиентов не найдено"), mark="✓")
        return
    screen.cards(
        (_("Клиенты"), _("Баллы"), _("Почему"), _("Объединить"), _("Если разные")),
        (
            (
                f"{row['first_name']} — {row['second_name']}",
                str(row["score"]),
                "; ".join(_reason(one) for one in row["reasons"]),
                f"provodka clients merge {row['first']} {row['second']} --dry-run",
                f"provodka clients apart {row['first']} {row['second']}",
            )
            for row in rows
        ),
    )
    screen.line(_("пар: {count}").format(count=len(rows)), mark="!")


def _reason(one: Row) -> str:
    return f"{one['text']} ({one['points']:+d})"


def show_merge(screen: Screen, done: Merged, *, dry_run: bool) -> None:
    """What a merge has done, or would do."""
    kept, dropped = done.names
    screen.heading(_("Остается «{kept}», уходит «{dropped}»").format(kept=kept, dropped=dropped))
    fields = [(name, None, value, value) for name, value in done.filled.items()]
    fields += [(name, mine, other, mine) for name, (mine, other) in done.differing.items()]
    if fields:
        screen.table(
            (_("Поле"), _("Остается"), _("Уходит"), _("Станет")),
            (
                (field_title("client", "", name), *(_value(name, one) for one in values))
                for name, *values in fields
            ),
        )
    moved = _tally(done.moved)
    screen.line(_("переходит: {list}").format(list=moved or _("ничего")), mark="·")
    for title, ones in (
        (_("сохранено контактом или точкой доставки: {list}"), done.carried),
        (_("соответствия переходят: {list}"), done.bindings),
        (_("ведут теперь к оставшемуся: {list}"), done.tombstone),
    ):
        if ones:
            screen.line(title.format(list=", ".join(ones)), mark="·")
    if dry_run:
        screen.line(_("ничего не записано; уберите --dry-run, чтобы объединить"), mark="!")
        return
    undo = _("объединены; отменить: provodka clients unmerge {number}")
    screen.line(undo.format(number=done.number), mark="✓")


def show_merges(
    screen: Screen, rows: Sequence[Row], names: Mapping[UUID, str], zone: tzinfo | None
) -> None:
    """Merges, and which of them are taken back."""
    if not rows:
        screen.line(_("объединений не было"), mark="✓")
        return
    screen.table(
        (_("Номер"), _("Когда"), _("Кто"), _("Остался"), _("Ушел"), _("Отменено")),
        (
            (
                row["id"],
                moment(row["at"], zone),
                who(row["who"]),
                names.get(row["kept"], row["kept"]),
                names.get(row["dropped"], row["dropped"]),
                f"{moment(row['undone_at'], zone)} {who(row['undone_by'] or '')}".strip(),
            )
            for row in rows
        ),
    )


def show_undone(screen: Screen, done: Undone) -> None:
    """What went back, and what somebody has changed since."""
    told = _("объединение {number} отменено, возвращено: {list}")
    screen.line(told.format(number=done.number, list=_tally(done.restored)), mark="✓")
    if done.arrived:
        told = _("документов, пришедших за это время второму: {count}")
        screen.line(told.format(count=done.arrived), mark="·")
    if done.left:
        told = _("изменено после объединения и оставлено: {list}")
        screen.line(told.format(list=_tally(done.left)), mark="!")


def _tally(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind_title(kind)} {count}" for kind, count in sorted(counts.items()))


def _value(field: str, value: Any) -> str:
    return "—" if value is None else str(value_word("client", "", field, value))
