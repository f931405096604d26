"""What is said to `provodka delivery`, and what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from provodka.flows.cli.screen import Screen

__all__ = [
    "amount_said",
    "at_the_desk",
    "day_said",
    "moment_said",
    "named",
    "quantities",
    "show_moves",
    "show_sheet",
]

MOST = 10**12


def quantities(connection: Connection, said: Iterable[str]) -> dict[UUID, Decimal]:
    """Products by name with how many of each.

    Raises `ConfigurationError` for an unknown product, for one named twice, or without a number.
    """
    found: dict[UUID, Decimal] = {}
    for one in said:
        name, equals, count = one.rpartition("=")
        if not equals:
            raise _odd("--item", f"«{one}»", _("товар и число: «Вода 19 л=2»"))
        key = _only(connection, "product", name.strip())
        if key in found:
            raise _odd("--item", f"«{one}»", _("каждый товар один раз"))
        found[key] = _decimal("--item", count)
    return found


def named(connection: Connection, name: str | None) -> UUID | None:
    """The employee of a name, or the only one of a surname, if one is named."""
    if not name:
        return None
    found = _staff(connection, name)
    return found[0] if len(found) == 1 else _only(connection, "employee", name)


def at_the_desk(connection: Connection, who: str) -> UUID | None:
    """Which employee it is that takes an order; `None` for somebody who is not in the staff."""
    found = _staff(connection, who)
    return found[0] if len(found) == 1 else None


def _staff(connection: Connection, said: str) -> list[UUID]:
    """Employees of this very name or e-mail, else those of this surname."""
    from sqlalchemy import text

    whole = text(
        "SELECT id FROM crm.employee WHERE deleted_at IS NULL"
        " AND lower(:said) IN (lower(name), lower(email)) ORDER BY id"
    )
    surname = text(
        "SELECT id FROM crm.employee WHERE deleted_at IS NULL"
        " AND lower(split_part(name, ' ', 1)) = lower(:said) ORDER BY id"
    )
    given = {"said": said.strip()}
    return list(connection.scalars(whole, given)) or list(connection.scalars(surname, given))


def amount_said(said: str | None) -> Decimal | None:
    """A sum of money as typed."""
    return None if said is None else _decimal("--cash", said)


def day_said(said: str | None, usual: date) -> date:
    """A day as typed, or the usual one."""
    try:
        return date.fromisoformat(said) if said else usual
    except ValueError:
        raise _odd("--day", said or "", _("день вида 2026-11-23")) from None


def moment_said(said: str | None, zone: ZoneInfo) -> datetime | None:
    """A moment as typed, in the company's zone unless it names its own."""
    if said is None:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise _odd("--at", said, _("время вида 2026-11-23T14:00")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def show_sheet(screen: Screen, rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> None:
    """The stops of a day; `!` marks one that two have moved without seeing each other."""
    from provodka.foundation.money import Money

    states = {"planned": _("ждет"), "done": _("доставлено"), "failed": _("не доставлено")}
    headings = (_("Остановка"), _("Экспедитор"), _("Время"), _("Клиент"), _("Телефон"))
    screen.table(
        (*headings, _("Адрес"), _("Что"), _("Получить"), _("Состояние"), _("План")),
        (
            (
                row["number"],
                row["courier"] or "—",
                f"{row['planned_from'].astimezone(zone):%H:%M}",
                row["client"],
                row["phone"] or "",
                row["address"] or "",
                row["goods"] or "",
                Money(row["cash_due"]),
                states.get(row["status"], row["status"]),
                f"{row['plan_version']}{' !' if row['conflict'] else ''}",
            )
            for row in rows
        ),
    )
    left = sum(row["status"] == "planned" for row in rows)
    told = _("остановок {count}, ждут {left}").format(count=len(rows), left=left)
    screen.line(told, mark="·")


def show_moves(screen: Screen, rows: Sequence[Mapping[str, Any]], zone: ZoneInfo | None) -> None:
    """Who moved a stop, from when to when."""
    from provodka.dashboards.insight.fields import value_word
    from provodka.dashboards.insight.wording import who
    from provodka.flows.cli.screen import moment

    screen.table(
        (_("№"), _("Когда"), _("Кто"), _("Почему"), _("Было"), _("Стало"), _("Столкновение")),
        (
            (
                row["line"],
                moment(row["at"], zone),
                who(row["who"]),
                value_word("delivery", "", "reason", row["reason"]) or "",
                f"{moment(row['former_from'], zone)} {row['former_courier'] or ''}",
                f"{moment(row['planned_from'], zone)} {row['courier'] or ''}",
                _("да") if row["conflict"] else "",
            )
            for row in rows
        ),
    )


def _only(connection: Connection, kind: str, name: str) -> UUID:
    from sqlalchemy import text

    found = list(
        connection.scalars(
            text(
                f"SELECT id FROM crm.{kind}"  # noqa: S608
                " WHERE lower(name) = lower(:name) AND deleted_at IS NULL"
            ),
            {"name": name},
        )
    )
    if len(found) != 1:
        said = _("«{name}» нет") if not found else _("«{name}» не одно")
        raise _odd(f"crm.{kind}", said.format(name=name), _("имя, как в справочнике"))
    return UUID(str(found[0]))


def _decimal(option: str, said: str) -> Decimal:
    try:
        read = Decimal(said.replace(",", ".").replace(" ", ""))
    except InvalidOperation:
        raise _odd(option, f"«{said}»", _("число вида 12,5")) from None
    if not read.is_finite() or abs(read) >= MOST:
        raise _odd(option, f"«{said}»", _("число вида 12,5"))
    return read


def _odd(where: str, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        where, found=found, expected=expected, next_step=_("исправьте команду"), code="usage"
    )
