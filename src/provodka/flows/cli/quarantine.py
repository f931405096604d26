"""`provodka quarantine`: documents set aside, why, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["declare"]

StreamOption = Annotated[
    str | None,
    option("--stream", metavar=_("ПОТОК"), text=_("Только этот поток, например onec:invoice")),
]
Keys = Annotated[
    list[str] | None,
    argument(_("КЛЮЧ"), _("Ключи документов; без них все документы потока")),
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    text = _("Отложенные документы: список, причина, повтор.")
    group = group_of(text, "provodka quarantine list")
    listing = (_("Перечислить отложенные документы: что нашли, чего ждали, что делать."), "")
    example = "provodka quarantine list --stream onec:invoice"
    group.command("list", **described(*listing, example))(list_)
    showing = (_("Показать отложенный документ целиком, как он пришел."), "")
    group.command("show", **described(*showing, "provodka quarantine show 5f1c"))(show)
    replaying = (
        _("Попробовать принять отложенные документы снова."),
        _(
            "После исправления соответствия, правила или самого документа. Код 3, если что-то "
            "осталось отложенным."
        ),
    )
    lines = ("provodka quarantine replay onec:invoice", "provodka quarantine replay triggers 1205")
    group.command("replay", **described(*replaying, *lines))(replay)
    app.add_typer(group, name="quarantine")


def list_(ctx: typer.Context, stream: StreamOption = None) -> None:
    """List what is set aside, newest first."""
    from provodka.connectors.crm_store import quarantine

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = quarantine.listed(connection, stream=stream)
    desk.screen.document(
        [{name: value for name, value in row.items() if name != "payload"} for row in rows]
    )
    if not rows:
        desk.screen.line(_("отложенных документов нет"), mark="✓")
        return
    desk.screen.table(
        (_("Поток"), _("Ключ"), _("Раз"), _("Где"), _("Найдено"), _("Что делать")),
        (
            [row[name] for name in ("stream", "external_key", "times", "place", "found", NEXT)]
            for row in rows
        ),
    )


NEXT = "next_step"


def show(
    ctx: typer.Context,
    key: Annotated[
        str,
        argument(_("КЛЮЧ"), _("Ключ или его начало")),
    ],
    stream: StreamOption = None,
) -> None:
    """Show one document as it came, with the reason."""
    from provodka.connectors.crm_store.engine import dump_json
    from provodka.flows.cli.screen import moment

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = _found(connection, key, stream)
    desk.screen.document(rows)
    for row in rows:
        desk.screen.heading(f"{row['stream']} {row['external_key']}")
        for name, value in (
            (_("Где"), row["place"]),
            (_("Найдено"), row["found"]),
            (_("Ожидалось"), row["expected"]),
            (_("Что делать"), row["next_step"]),
            (_("Впервые"), moment(row["first_seen"], desk.zone)),
            (_("В последний раз"), moment(row["last_seen"], desk.zone)),
            (_("Соответствие"), row["mapping_version"]),
        ):
            if value:
                desk.screen.line(f"{name}: {value}")
        if not desk.options.json:
            desk.screen.text(_laid_out(dump_json(row["payload"])))


def replay(
    ctx: typer.Context,
    stream: Annotated[
        str,
        argument(_("ПОТОК"), _("Поток, например onec:invoice, triggers, calls:office")),
    ],
    keys: Keys = None,
) -> None:
    """Try again to take documents in."""
    from provodka.connectors.crm_store import quarantine
    from provodka.flows.cli.replaying import replay_stream
    from provodka.flows.insight.wording import tally

    desk = Desk(ctx)
    with desk.hub() as hub:
        with hub.engine.connect() as connection:
            whole = [row["external_key"] for row in quarantine.listed(connection, stream=stream)]
        wanted = list(dict.fromkeys(key for key in whole if not keys or key in keys))
        if keys and not wanted:
            raise _absent(", ".join(keys))
        counts = replay_stream(hub, stream, wanted) if wanted else {}
        with hub.engine.connect() as connection:
            left = quarantine.count_open(connection, stream)
    desk.screen.document({"stream": stream, "tried": len(wanted), "counts": counts, "left": left})
    told = _("опробовано {tried}: {counts}").format(
        tried=len(wanted), counts=tally(counts) or _("ничего не изменилось")
    )
    desk.screen.line(told, mark="✓" if not left else "!")
    if left:
        desk.screen.line(_("осталось отложенных: {left}").format(left=left), mark="!")
        leave(ExitCode.SET_ASIDE)


def _found(connection: Connection, key: str, stream: str | None) -> list[dict[str, Any]]:
    from provodka.connectors.crm_store import quarantine

    rows = quarantine.listed(connection, stream=stream, key=key)
    if not rows:
        raise _absent(key)
    return rows


def _absent(key: str) -> DocumentError:
    return DocumentError(
        _("Отложенный документ «{key}»").format(key=key),
        found=_("такого нет"),
        expected=_("ключ или его начало"),
        next_step=_("все отложенные покажет provodka quarantine list"),
        code="not_in_quarantine",
    )


def _laid_out(text: str) -> str:
    from msgspec.json import format as laid_out

    return laid_out(text, indent=2)
