"""`provodka clients`: clients that may be one, merged by a person's word, taken apart again."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli import clients_apart, clients_consent
from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Engine

__all__ = ["declare"]

Client = _("Ключ клиента, его начало, ИНН или ключ другой системы")
Who = Annotated[
    str | None, option("--who", metavar=_("ИМЯ"), text=_("Кто решил; иначе имя в системе"))
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(_("Клиенты: дубли, объединение и его отмена."), "provodka clients duplicates")
    listing = (
        _("Показать клиентов, похожих на одного, с баллами и причинами."),
        _(
            "Сравниваются ИНН и КПП, телефоны, почта, наименования, адреса. В первый раз — все "
            "клиенты, потом только новые и измененные. Ничего не объединяет."
        ),
    )
    group.command(
        "duplicates", **described(*listing, "provodka clients duplicates --min-score 80")
    )(duplicates)
    merging = (
        _("Объединить двух клиентов: все, что было у второго, переходит к первому."),
        _(
            "Поля первого остаются, пустые берутся у второго. Второй становится надгробием: его "
            "контрагент в 1С ведет к первому, в 1С ничего не пишется. Отменяется целиком: "
            "clients unmerge."
        ),
    )
    lines = (
        "provodka clients merge 019ab3f0 019ab3f7 --dry-run",
        "provodka clients merge 019ab3f0 019ab3f7",
    )
    group.command("merge", **described(*merging, *lines))(merge)
    merged = (_("Перечислить объединения, сначала новые."), "")
    group.command("merges", **described(*merged, "provodka clients merges"))(merges)
    undoing = (
        _("Отменить объединение: все возвращается, как было."),
        _("Что после объединения изменил человек, остается; сколько такого, сказано."),
    )
    group.command("unmerge", **described(*undoing, "provodka clients unmerge 3"))(unmerge)
    clients_apart.declare(group)
    clients_consent.declare(group)
    app.add_typer(group, name="clients")


def duplicates(
    ctx: typer.Context,
    min_score: Annotated[
        int,
        option("--min-score", metavar=_("БАЛЛЫ"), text=_("Не меньше стольких, обычно 50 из 100")),
    ] = 50,
    limit: Annotated[
        int, option("--limit", metavar=_("ЧИСЛО"), text=_("Сколько пар показать, обычно 100"))
    ] = 100,
) -> None:
    """Bring the candidates up to date and list them."""
    from provodka.flows.cli.clients_shown import show_candidates
    from provodka.flows.clients.candidates import listed, refresh

    desk = Desk(ctx)
    with desk.store() as engine:
        refresh(engine)
        with engine.connect() as connection:
            rows = listed(connection, min_score, limit)
    desk.screen.document(rows)
    show_candidates(desk.screen, rows)


def merge(
    ctx: typer.Context,
    keep: Annotated[str, argument(_("ОСТАЕТСЯ"), Client)],
    drop: Annotated[str, argument(_("УХОДИТ"), Client)],
    dry_run: Annotated[
        bool, option("--dry-run", text=_("Показать, что изменилось бы, и ничего не записать"))
    ] = False,
    who: Who = None,
) -> None:
    """Merge two clients, or rehearse it."""
    from provodka.flows.cli.clients_shown import show_merge
    from provodka.flows.clients.finding import find_client
    from provodka.flows.clients.merging import merge as join

    desk = Desk(ctx)
    with desk.store() as engine, _undisturbed(desk, engine), engine.connect() as connection:
        kept, dropped = (find_client(connection, one) for one in (keep, drop))
        done = join(connection, kept, dropped, who or getpass.getuser())
        if dry_run:
            connection.rollback()
        else:
            connection.commit()
    desk.screen.document({"dry_run": dry_run, "merge": done})
    show_merge(desk.screen, done, dry_run=dry_run)


def merges(ctx: typer.Context) -> None:
    """List merges."""
    from provodka.connectors.crm_store.merges import listed
    from provodka.dashboards.insight.titles import titles
    from provodka.flows.cli.clients_shown import show_merges

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = listed(connection)
        keys = {("client", row[side]) for row in rows for side in ("kept", "dropped")}
        names = {key: name for (_kind, key), name in titles(connection, keys).items()}
    desk.screen.document(rows)
    show_merges(desk.screen, rows, names, desk.zone)


def unmerge(
    ctx: typer.Context,
    number: Annotated[int, argument(_("НОМЕР"), _("Номер из provodka clients merges"))],
    who: Who = None,
) -> None:
    """Take a merge back."""
    from provodka.flows.cli.clients_shown import show_undone
    from provodka.flows.clients.undoing import unmerge as part

    desk = Desk(ctx)
    with desk.store() as engine, _undisturbed(desk, engine), engine.begin() as connection:
        done = part(connection, number, who or getpass.getuser())
    desk.screen.document(done)
    show_undone(desk.screen, done)


def _undisturbed(desk: Desk, engine: Engine) -> AbstractContextManager[None]:
    """While nobody takes documents from 1C: a page once read knows nothing of a merge."""
    from contextlib import contextmanager

    from provodka.connectors.crm_store import locks
    from provodka.flows.onec.pulling import TAKING

    @contextmanager
    def held() -> Iterator[None]:
        with locks.alone(engine, TAKING) as mine:
            if mine:
                yield
                return
        desk.screen.line(_("идет чтение из 1С, жду его конца"), mark="·")
        with locks.alone(engine, TAKING, wait=True):
            yield

    return held()
