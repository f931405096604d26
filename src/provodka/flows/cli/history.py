"""`provodka history`: every version of a document, who changed what, when and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.dashboards.insight.changes import Entry
    from provodka.dashboards.insight.versions import History, Version, Why

__all__ = ["declare"]

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*")
LONGEST = 70


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
        self.desk, self.found = desk, found

    def fields(self, version: Version) -> Iterator[tuple[str, str, str]]:
        for entry in version.entries:
            for change in entry.fields:
                before = self._value(entry.part, change.field, change.before)
                after = self._value(entry.part, change.field, change.after)
                yield self._title(entry, change.field), before, after

    def why(self, why: Why) -> str:
        told = {
            "rule": _("правило {name}"),
            "sync": _("обмен"),
            "merge": _("объединение клиентов {number}"),
            "unmerge": _("отмена объединения {number}"),
            "program": _("правка в базе"),
            "person": _("правка вручную"),
        }[why.sort].format(name=why.name, number=why.number)
        if why.sort == "sync" and why.number is not None:
            told = _("обмен, сообщение {number}").format(number=why.number)
        if why.kind is None:
            return told
        from provodka.dashboards.insight.titles import kind_title

        title = self.found.names.get(str(why.document), "")
        cause = f"{kind_title(why.kind)} {title}".strip()
        return _("{told}; повод: {cause}, изменение №{number}").format(
            told=told, cause=cause, number=why.cause
        )

    def _title(self, entry: Entry, field: str) -> str:
        from provodka.dashboards.insight.fields import field_title, part_title

        title = field_title(self.found.kind, entry.part, field)
        return f"{part_title(entry.part)} {entry.line}: {title}" if entry.part else title

    def _value(self, part: str, field: str, value: Any) -> str:
        from provodka.dashboards.insight.fields import value_word
        from provodka.flows.cli.screen import moment

        if value is None or value == []:
            return "—"
        if isinstance(value, bool):
            return _("да") if value else _("нет")
        value = value_word(self.found.kind, part, field, value)
        text = str(self.found.names.get(str(value), value))
        if INSTANT.fullmatch(text):
            return moment(datetime.fromisoformat(text), self.desk.zone)
        text = " ".join(text.split())
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
