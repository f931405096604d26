"""`provodka history`: every version of a document, who changed what, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.dashboards.insight.versions import History, Version, Why

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the command."""
    said = (
        _("Показать все версии документа: кто, что, когда и почему в нем менял."),
        _(
            "Каждое изменение поля отдельной строкой: было, стало, автор, причина (правило и его "
            "повод, обмен с другой системой, человек, объединение клиентов). Дерево причин "
            "рисует provodka trace."
        ),
    )
    lines = ("provodka history invoice СЧ00-000001", "provodka history client 019ab3f0")
    app.command("history", **described(*said, *lines))(history)


def history(
    ctx: typer.Context,
    kind: Annotated[str, argument(_("ВИД"), _("Вид документа: client, deal, invoice …"))],
    key: Annotated[
        str, argument(_("КЛЮЧ"), _("Ключ, начало ключа, номер или ключ другой системы"))
    ],
) -> None:
    """List the versions of a document."""
    from provodka.dashboards.insight.versions import history as read

    _known(kind)
    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        found = read(connection, kind, key)
    desk.screen.document(found)
    if not desk.options.json:
        _show(desk, found)


def _known(kind: str) -> None:
    from provodka.connectors.crm_store.tables import metadata

    kinds = sorted(
        table.name
        for table in metadata.tables.values()
        if table.schema == "crm" and table.info.get("journal", ("", "?"))[1] == ""
    )
    if kind not in kinds:
        raise ConfigurationError(
            _("Команда «{path}»").format(path="provodka history"),
            found=_("вида документов «{kind}» нет").format(kind=kind),
            expected=", ".join(kinds),
            next_step=_("назовите вид из этого списка"),
            code="unknown_kind",
        )


def _show(desk: Desk, found: History) -> None:
    from provodka.dashboards.insight.earlier import told
    from provodka.dashboards.insight.titles import kind_title
    from provodka.dashboards.insight.wording import who
    from provodka.flows.cli.screen import moment

    desk.screen.heading(f"{kind_title(found.kind)} {found.title} ({found.document})")
    if found.earlier:
        desk.screen.line(told(found.earlier), mark="!")
    shown = _Shown(desk, found)
    rows: list[tuple[str, ...]] = []
    for version in found.versions:
        first = (
            str(version.number),
            moment(version.at, desk.zone),
            who(version.origin),
            shown.why(version.why),
        )
        for field in shown.fields(version):
            rows.append((*first, *field))
            first = ("", "", "", "")
    desk.screen.table(
        (_("№"), _("Когда"), _("Кто"), _("Почему"), _("Поле"), _("Было"), _("Стало")), rows
    )


class _Shown:
    """Values and reasons of one history in words."""

    def __init__(self, desk: Desk, found: History) -> None:
        from provodka.dashboards.insight.values import Values

        self.found = found
        self.values = Values(found.names, zone=desk.zone)

    def fields(self, version: Version) -> Iterator[tuple[str, str, str]]:
        from provodka.dashboards.insight.version_words import row_title

        for entry in version.entries:
            for change in entry.fields:
                of = (self.found.kind, entry.part, change.field)
                before, after = (self.values.text(of, one) for one in (change.before, change.after))
                yield row_title(self.found.kind, entry, change.field), before, after

    def why(self, why: Why) -> str:
        from provodka.dashboards.insight.version_words import why_text

        return why_text(why, self.found.names)
