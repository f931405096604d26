"""`provodka quarantine`: documents set aside, why, and another try."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.group import leave
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["declare"]

StreamOption = Annotated[
    str | None,
    option("--stream", metavar=_("ПОТОК"), text=_("Только этот поток, например onec:invoice")),
]
CodeOption = Annotated[
    str | None,
    option("--code", metavar=_("КОД"), text=_("Только с этим кодом ошибки или его началом")),
]
OlderOption = Annotated[
    str | None,
    option("--older", metavar=_("СРОК"), text=_("Только отложенные раньше: 7d, 12h, 30m")),
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    text = _("Отложенные документы: список, причина, повтор.")
    group = group_of(text, "provodka quarantine list")
    listing = (_("Перечислить отложенные документы: что нашли, чего ждали, что делать."), "")
    examples = (
        "provodka quarantine list --stream onec:invoice",
        "provodka quarantine list --code bad_value --older 7d",
    )
    group.command("list", **described(*listing, *examples))(list_)
    showing = (_("Показать отложенный документ целиком, как он пришел."), "")
    group.command("show", **described(*showing, "provodka quarantine show 5f1c"))(show)
    replaying = (
        _("Попробовать принять отложенные документы снова."),
        _(
            "После исправления соответствия, правила или самого документа: один, весь поток или "
            "по отбору. Код 3, если что-то осталось отложенным."
        ),
    )
    lines = (
        "provodka quarantine replay onec:invoice",
        "provodka quarantine replay triggers 1205",
        "provodka quarantine replay --code bad_inn --older 1d",
    )
    group.command("replay", **described(*replaying, *lines))(replay)
    app.add_typer(group, name="quarantine")


def list_(
    ctx: typer.Context,
    stream: StreamOption = None,
    code: CodeOption = None,
    older: OlderOption = None,
) -> None:
    """List what is set aside, newest first."""
    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = _rows(connection, stream, code, older)
    desk.screen.document(
        [{name: value for name, value in row.items() if name != "payload"} for row in rows]
    )
    if not rows:
        desk.screen.line(_("отложенных документов нет"), mark="✓")
        return
    desk.screen.table(
        (_("Поток"), _("Ключ"), _("Код"), _("Раз"), _("Где"), _("Найдено"), _("Что делать")),
        ([row[name] for name in SHOWN] for row in rows),
    )
    for stopped in sorted({row["stream"] for row in rows if row["state"] == "stopped"}):
        told = _("поток {stream} остановился на странице, где отложено слишком много")
        desk.screen.line(told.format(stream=stopped), mark="!")


def _rows(
    connection: Connection, stream: str | None, code: str | None, older: str | None
) -> list[dict[str, Any]]:
    from provodka.connectors.crm_store import quarantine
    from provodka.flows.cli.spans import span
    from provodka.flows.hub import utc_now

    before = utc_now() - span(older, "--older") if older else None
    return quarantine.listed(connection, stream=stream, code=code, before=before)


SHOWN = ("stream", "external_key", "code", "times", "place", "found", "next_step")


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
    what: Annotated[
        list[str] | None,
        argument(
            _("[ПОТОК [КЛЮЧ]…]"),
            _("Поток, например onec:invoice, triggers, push:onec; за ним ключи документов"),
        ),
    ] = None,
    stream: StreamOption = None,
    code: CodeOption = None,
    older: OlderOption = None,
) -> None:
    """Try again to take documents in."""
    from provodka.connectors.crm_store import quarantine
    from provodka.dashboards.insight.counted import tally
    from provodka.flows.replaying import in_turn, replay_stream

    named, *keys = what or [stream or ""]
    if not (named or code or older):
        raise _aimless()
    desk = Desk(ctx)
    with desk.hub() as hub:
        with hub.engine.connect() as connection:
            rows = _rows(connection, named or None, code, older)
        wanted = [row for row in rows if not keys or row["external_key"] in keys]
        if keys and not wanted:
            raise _absent(", ".join(keys))
        counts: Counter[str] = Counter()
        for one, own in in_turn(hub, wanted):
            counts.update(replay_stream(hub, one, own))
        tried = {(row["stream"], row["external_key"]) for row in wanted}
        with hub.engine.connect() as connection:
            left = _left(connection, tried) if code or older or keys else None
            left = quarantine.count_open(connection, named or None) if left is None else left
    desk.screen.document({"stream": named, "tried": len(tried), "counts": counts, "left": left})
    told = _("опробовано {tried}: {counts}").format(
        tried=len(tried), counts=tally(counts) or _("ничего не изменилось")
    )
    desk.screen.line(told, mark="✓" if not left else "!")
    if left:
        desk.screen.line(_("осталось отложенных: {left}").format(left=left), mark="!")
        leave(ExitCode.SET_ASIDE)


def _left(connection: Connection, tried: set[tuple[str, str]]) -> int:
    """How many of the documents that were tried are still set aside."""
    from provodka.connectors.crm_store import quarantine

    by_stream: dict[str, list[str]] = defaultdict(list)
    for stream, key in tried:
        by_stream[stream].append(key)
    return sum(len(quarantine.open_keys(connection, *one)) for one in by_stream.items())


def _aimless() -> ConfigurationError:
    return ConfigurationError(
        _("Команда «{path}»").format(path="provodka quarantine replay"),
        found=_("не сказано, какие документы"),
        expected=_("поток, --code или --older"),
        next_step=_("назовите поток или отбор; потоки покажет provodka quarantine list"),
        code="usage",
    )


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
