"""`provodka bank`: statements in, receipts decided, payment orders out."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.foundation.money import Money

if TYPE_CHECKING:
    from provodka.flows.bank.persons import Wish

__all__ = ["declare"]

Number = Annotated[int, argument(_("НОМЕР"), _("Номер документа из provodka bank list"))]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(_("Выписки банка: прием, разбор поступлений, платежные поручения."),
                     "provodka bank import выписка.txt")  # fmt: skip
    importing = (
        _("Принять файлы выписок и разнести поступления по счетам."),
        _(
            "Файл, который уже принят, ничего не меняет. С --plan ничего не записывается. Код 3, "
            "если часть документов отложена."
        ),
    )
    some = ("provodka bank import выписка.txt", "provodka bank import *.txt --plan")
    group.command("import", **described(*importing, *some))(import_)
    listing = (_("Перечислить документы банка, сначала новые."), "")
    group.command("list", **described(*listing, "provodka bank list --undecided"))(list_)
    showing = (_("Показать документ: реквизиты, варианты счетов с баллами и причинами."), "")
    group.command("show", **described(*showing, "provodka bank show 17"))(show)
    matching = (
        _("Решить, за какие счета поступление, или что это не оплата счета."),
        _("Сумму по счету можно не писать: возьмется сколько поместится."),
    )
    several = (
        "provodka bank match 17 --invoice СЧ00-000012",
        "provodka bank match 17 --invoice СЧ00-000012=5000 --invoice СЧ00-000013",
        "provodka bank match 17 --nothing",
    )
    group.command("match", **described(*matching, *several))(match)
    exporting = (
        _("Записать платежные поручения в файл для банк-клиента."),
        _(
            "Список — CSV или JSON, столбцы называются как ключи формата. Плательщик берется из "
            "company и bank.accounts. Если хоть одно поручение с ошибкой, файл не пишется."
        ),
    )
    line = "provodka bank export поручения.txt --from список.csv"
    group.command("export", **described(*exporting, line))(export)
    app.add_typer(group, name="bank")


def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], argument(_("ФАЙЛ"), _("Файлы выписок"))],
    plan: Annotated[
        bool, option("--plan", text=_("Показать, что изменилось бы, и ничего не записать"))
    ] = False,
) -> None:
    """Take files in, decide about receipts, sum up."""
    from provodka.flows.bank.statements import import_files
    from provodka.flows.cli.bank_screens import show_imported

    desk = Desk(ctx, quiet=True)
    with desk.hub() as hub:
        done = import_files(hub, files, plan=plan)
    desk.screen.document(done.plain())
    show_imported(desk.screen, done)
    if done.failed:
        leave(ExitCode.FAILED)
    leave(ExitCode.SET_ASIDE if done.set_aside else ExitCode.DONE)


def list_(
    ctx: typer.Context,
    undecided: Annotated[
        bool, option("--undecided", text=_("Только поступления, которые ждут решения"))
    ] = False,
    limit: Annotated[
        int, option("--limit", metavar=_("ЧИСЛО"), text=_("Сколько показать, обычно 100"))
    ] = 100,
) -> None:
    """List documents, newest first."""
    from provodka.flows.bank.showing import listed
    from provodka.flows.cli.bank_screens import show_list

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = listed(connection, undecided=undecided, limit=limit)
    desk.screen.document(rows)
    show_list(desk.screen, rows)


def show(ctx: typer.Context, number: Number) -> None:
    """Show one document with its candidates."""
    from provodka.flows.bank.showing import one_document
    from provodka.flows.cli.bank_screens import show_document

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = one_document(connection, number)
    if found is None:
        raise DocumentError(
            _("Документ банка {number}").format(number=number),
            found=_("такого нет"),
            expected=_("номер из первого столбца списка"),
            next_step=_("все документы покажет provodka bank list"),
            code="no_bank_document",
        )
    desk.screen.document(found)
    show_document(desk.screen, found, desk.zone)


def match(
    ctx: typer.Context,
    number: Number,
    invoice: Annotated[
        list[str] | None,
        option("--invoice", metavar=_("СЧЕТ[=СУММА]"), text=_("Счет; можно несколько раз")),
    ] = None,
    nothing: Annotated[
        bool, option("--nothing", text=_("Это не оплата счета: больше не спрашивать"))
    ] = False,
    who: Annotated[
        str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто решил; иначе имя в системе"))
    ] = None,
) -> None:
    """Put a person's decision down."""
    from provodka.flows.bank.statements import decide_by_person

    wishes = [_wish(one) for one in invoice or ()]
    if bool(wishes) == nothing:
        raise ConfigurationError(
            _("Команда «{path}»").format(path="provodka bank match"),
            found=_("не сказано, за что поступление") if not nothing else _("сказано и то, и то"),
            expected="--invoice | --nothing",
            next_step=_("назовите счета или скажите --nothing"),
            code="usage",
        )
    desk = Desk(ctx)
    with desk.hub() as hub:
        laid = decide_by_person(hub, number, wishes, who or getpass.getuser())
    desk.screen.document({"document": number, "shares": laid})
    for share in laid:
        told = _("на счет {number} отнесено {amount}")
        amount = Money(Decimal(share["amount"]))
        desk.screen.line(told.format(number=share["number"], amount=amount), mark="✓")
    if not laid:
        desk.screen.line(_("документ {number}: не оплата счета").format(number=number), mark="✓")


def _wish(said: str) -> Wish:
    from provodka.flows.bank.persons import Wish

    number, equals, amount = said.partition("=")
    if not equals:
        return Wish(number.strip())
    try:
        return Wish(number.strip(), Decimal(amount.replace(",", ".").replace(" ", "")))
    except InvalidOperation:
        raise ConfigurationError(
            _("Команда «{path}»").format(path="provodka bank match"),
            found=_("сумма «{amount}»").format(amount=amount),
            expected=_("сумма вида 1234.56"),
            next_step=_("исправьте сумму после знака ="),
            code="usage",
        ) from None


def export(
    ctx: typer.Context,
    file: Annotated[Path, argument(_("ФАЙЛ"), _("Куда записать поручения"))],
    from_: Annotated[
        Path, option("--from", metavar=_("СПИСОК"), text=_("Список поручений: CSV или JSON"))
    ],
    dos: Annotated[bool, option("--dos", text=_("В кодировке DOS вместо Windows"))] = False,
) -> None:
    """Write payment orders."""
    from provodka.flows.bank.ordering import export_orders

    desk = Desk(ctx, quiet=True)
    orders = export_orders(desk.files(), from_, file, "dos" if dos else "windows")
    total = sum((one.amount for one in orders), Decimal(0))
    desk.screen.document({"file": str(file), "orders": _plain(orders), "total": total})
    told = _("{file}: поручений {count} на {total}")
    desk.screen.line(told.format(file=file, count=len(orders), total=Money(total)), mark="✓")


def _plain(orders: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {"number": one.number, "date": one.day, "amount": one.amount, "payee": one.payee.name}
        for one in orders
    ]
