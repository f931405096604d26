"""`provodka onec`: looking around in the 1C base, and what has changed in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.onec_exchange import describing, exchange
from provodka.flows.cli.onec_tables import (
    Accounts,
    Dimensions,
    End,
    Inside,
    Period,
    Start,
    fitting,
    listed,
)
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.connectors.onec.odata.client import ODataBase
    from provodka.connectors.onec.odata.metadata import Metadata

__all__ = ["declare"]

SetName = Annotated[
    str,
    argument(
        _("НАБОР"),
        _("Имя набора, можно без приставки, если оно одно такое; НАБОР/ТАБЛИЦА у регистра"),
    ),
]
Condition = Annotated[
    str,
    option(
        "--filter",
        metavar=_("УСЛОВИЕ"),
        text=_("Отбор, как его понимает 1С; известные ловушки проверяются до отправки"),
    ),
]
Anew = Annotated[
    bool, option("--anew", text=_("Спросить состав у базы, а не взять запомненный за сутки"))
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(
        _("База 1С: что она публикует, что в ней лежит, что в ней изменилось."),
        "provodka onec sets",
    )
    group.command("sets", **_listing())(sets_)
    group.command("describe", **_describing())(describe)
    group.command("get", **_getting())(get)
    group.command("count", **_counting())(count_)
    group.command("changes", **_changing())(changes)
    group.command("exchange", **describing())(exchange)
    app.add_typer(group, name="onec")


def _listing() -> dict[str, Any]:
    return described(
        _("Перечислить опубликованные наборы."),
        _("Без образца все; образец ищется в имени, * и ? значат что угодно."),
        "provodka onec sets контрагент",
        "provodka onec sets 'Document_*Оплат*'",
    )


def _describing() -> dict[str, Any]:
    return described(
        _("Описать набор: поля, типы, куда ведут ссылки, табличные части, действия."),
        _("Поля, которые называют соответствия хаба, отмечены."),
        "provodka onec describe Контрагенты",
        "provodka onec describe AccountingRegister_Хозрасчетный/Balance",
    )


def _getting() -> dict[str, Any]:
    return described(
        _("Показать строки набора или один объект целиком."),
        _(
            "Без --all не больше ста строк. Показывается на вашем экране как есть, в журнал "
            "ничего из этого не попадает. У регистра можно спросить виртуальную таблицу: "
            "Balance, Turnovers, BalanceAndTurnovers, SliceLast, SliceFirst."
        ),
        "provodka onec get Контрагенты --filter \"ИНН eq '7707083893'\"",
        "provodka onec get Document_СчетНаОплатуПокупателю 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        "provodka onec get AccountingRegister_Хозрасчетный/Balance "
        "--accounts \"Account/Code eq '62.01'\" --dimensions Account,ExtDimension1",
    )


def _counting() -> dict[str, Any]:
    return described(
        _("Сосчитать строки набора или виртуальной таблицы регистра."),
        "",
        'provodka onec count Document_СчетНаОплатуПокупателю --filter "Posted eq true"',
    )


def _changing() -> dict[str, Any]:
    return described(
        _("Показать, что изменилось в составе базы и каких соответствий это коснулось."),
        _(
            "Сравниваются состояние, с которым соответствия согласованы, и последнее увиденное; "
            "если они совпадают, два последних увиденных. С --accept последнее состояние "
            "принимается: остановленные соответствия пойдут дальше, если полей им хватает."
        ),
        "provodka onec changes",
        "provodka onec changes --anew",
        "provodka onec changes --accept",
    )


def sets_(
    ctx: typer.Context,
    pattern: Annotated[str, argument(_("ОБРАЗЕЦ"), _("Часть имени или имя с * и ?"))] = "",
    anew: Anew = False,
) -> None:
    """List the sets."""
    from provodka.flows.cli.onec_shown import show_sets
    from provodka.flows.onec.exploring import sets

    with _base(ctx, anew=anew) as (desk, _unused, metadata):
        show_sets(desk.screen, sets(metadata, pattern), metadata, pattern)


def describe(ctx: typer.Context, name: SetName, anew: Anew = False) -> None:
    """Describe a set."""
    from provodka.flows.cli.onec_shown import show_set, show_table
    from provodka.flows.onec.exploring import meant, named_fields
    from provodka.flows.onec.virtual import is_table, meant_table

    with _base(ctx, anew=anew) as (desk, _unused, metadata):
        if is_table(name):
            show_table(desk.screen, meant_table(metadata, name))
            return
        found = meant(metadata, name)
        show_set(desk.screen, found, named_fields(desk.files(), found.name))


def get(
    ctx: typer.Context,
    name: SetName,
    key: Annotated[str, argument(_("КЛЮЧ"), _("GUID объекта; без него строки набора"))] = "",
    condition: Condition = "",
    select: Annotated[
        str,
        option(
            "--select",
            metavar=_("ПОЛЯ"),
            text=_("Поля через запятую; * все, ** все без табличных частей; иначе главные"),
        ),
    ] = "",
    top: Annotated[
        int, typer.Option("--top", metavar=_("ЧИСЛО"), min=1, help=_("Сколько строк; иначе 20"))
    ] = 20,
    whole: Annotated[bool, option("--all", text=_("Все строки, страница за страницей"))] = False,
    period: Period = "",
    start: Start = "",
    end: End = "",
    inside: Inside = "",
    accounts: Accounts = "",
    dimensions: Dimensions = "",
) -> None:
    """Show rows, an object, or a virtual table."""
    from provodka.flows.cli.onec_shown import show_object, show_rows
    from provodka.flows.onec.exploring import Asked, meant, one, rows
    from provodka.flows.onec.virtual import TableAsked, is_table, meant_table, table_rows

    fields, told = listed(select), listed(dimensions)
    inner = TableAsked(period, start, end, inside, accounts, told, fields, top, whole)
    with _base(ctx) as (desk, base, metadata):
        fitting(metadata, name, inner, key=key, condition=condition)
        if is_table(name):
            found_rows, more = table_rows(base, meant_table(metadata, name), inner)
            show_rows(desk.screen, found_rows, more, filled=not fields)
            return
        found = meant(metadata, name)
        if key:
            show_object(desk.screen, one(base, found, key, fields))
        else:
            asked = Asked(fields, condition, top, whole)
            show_rows(desk.screen, *rows(base, found, asked))


def count_(
    ctx: typer.Context,
    name: SetName,
    condition: Condition = "",
    period: Period = "",
    start: Start = "",
    end: End = "",
    inside: Inside = "",
    accounts: Accounts = "",
    dimensions: Dimensions = "",
) -> None:
    """Count rows."""
    from provodka.flows.onec.exploring import count, meant
    from provodka.flows.onec.virtual import TableAsked, is_table, meant_table, table_count

    inner = TableAsked(period, start, end, inside, accounts, listed(dimensions))
    with _base(ctx) as (desk, base, metadata):
        fitting(metadata, name, inner, condition=condition)
        if is_table(name):
            table = meant_table(metadata, name)
            counted, number = table.name, table_count(base, table, inner)
        else:
            found = meant(metadata, name)
            counted, number = found.name, count(base, found, condition)
    desk.screen.document({"set": counted, "count": number})
    desk.screen.line(str(number))


def changes(
    ctx: typer.Context,
    anew: Anew = False,
    accept: Annotated[bool, option("--accept", text=_("Принять последнее состояние базы"))] = False,
) -> None:
    """Show what changed, and take it for agreed if asked."""
    from provodka.flows.cli.onec_shown import show_changes
    from provodka.flows.onec.metadata.changed import accepted, changed

    desk = Desk(ctx)
    with desk.hub() as hub:
        found = changed(hub, anew=anew)
        done = accept and accepted(hub)
    show_changes(desk.screen, found, desk.zone, accepted=done)
    if accept and not done:
        desk.screen.line(_("принимать нечего"), mark="·")


@contextmanager
def _base(ctx: typer.Context, *, anew: bool = False) -> Iterator[tuple[Desk, ODataBase, Metadata]]:
    from provodka.flows.hub import open_base, utc_now
    from provodka.flows.onec.exploring import published

    desk = Desk(ctx)
    with open_base(desk.environment) as base:
        yield desk, base, published(base, utc_now(), anew=anew)
