"""`provodka rules explain`: why rules acted and why they did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.words import argument, described, option
from provodka.foundation.errors import AmbiguousMatch
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provodka.flows.cli.screen import Branch
    from provodka.flows.triggers.explaining import Explained, Occasion, Told
    from provodka.trigger_rules.conditions import Clause

__all__ = ["declare"]


def declare(group: typer.Typer) -> None:
    """Add the command to the group of rules."""
    text = (
        _("Объяснить, почему правила сработали и почему нет."),
        _(
            "Каждое условие по частям, со значениями, какими они были в тот миг, и версия "
            "правила. Называют ключ следствия или документ, как в provodka trace."
        ),
    )
    lines = (
        "provodka rules explain deal:СД00-000007",
        "provodka rules explain СД00-000007 --rule proposal_alert",
    )
    group.command("explain", **described(*text, *lines))(explain)


def explain(
    ctx: typer.Context,
    what: Annotated[
        str, argument(_("СЛЕДСТВИЕ|ДОКУМЕНТ"), _("Ключ следствия или документ, как в trace"))
    ],
    rule: Annotated[str, option("--rule", metavar=_("ИМЯ"), text=_("Только это правило"))] = "",
) -> None:
    """Decide once more what was decided then, and show each part of it."""
    from provodka.flows.cli.telling import tell
    from provodka.flows.triggers.explaining import explain as ask
    from provodka.flows.triggers.publishing import in_force

    desk = Desk(ctx)
    try:
        with desk.hub() as hub, hub.engine.connect() as connection:
            approved = hub.settings.rules_approval
            book = in_force(connection, hub.book) if approved else hub.book
            found = ask(connection, book, hub.calendar, what, rule)
            zone = hub.settings.zone
    except AmbiguousMatch as error:
        tell(error, ["--json"] if desk.options.json else [])
        raise typer.Exit(ExitCode.WRONG) from None
    desk.screen.document(found)
    if not desk.options.json:
        desk.screen.tree(_tree(found, zone))
        if not found.complete:
            desk.screen.line(_("показаны только последние изменения"), mark="!")


def _tree(found: Explained, zone: ZoneInfo) -> Branch:
    from provodka.dashboards.insight.titles import kind_title
    from provodka.flows.cli.screen import Branch

    root = Branch(f"{kind_title(found.kind)} {found.title} ({found.document})", "bold")
    for one in found.occasions:
        _occasion(root, one, zone)
    if not found.occasions:
        root.add(_("событий, которых ждут правила, с этим документом не было"))
    if found.silent:
        silent = root.add(_("Не дождались своего события"), "bold")
        for rule, waits in found.silent.items():
            silent.add(_("{rule} ждет: {events}").format(rule=rule, events=", ".join(waits)), "dim")
    return root


def _occasion(root: Branch, one: Occasion, zone: ZoneInfo) -> None:
    from provodka.dashboards.insight.wording import who
    from provodka.flows.cli.screen import moment

    event = f"{one.event}: {one.of}" if one.of else one.event
    line = f"{moment(one.at, zone)}  {event}  [{who(one.origin)}, №{one.delta}]"
    branch = root.add(line, "bold")
    for told in sorted(one.rules, key=lambda rule: (not rule.fired, not rule.near)):
        _rule(branch, told)


def _rule(under: Branch, told: Told) -> None:
    from provodka.dashboards.insight.wording import action_word

    line = _("{mark} {rule} «{title}», версия {version}: {verdict}").format(
        mark="✓" if told.fired else "·",
        rule=told.rule,
        title=told.title,
        version=told.version,
        verdict=_verdict(told),
    )
    branch = under.add(line, "green" if told.fired else "yellow" if told.near else "")
    for clause in told.clauses:
        _clause(branch, clause)
    for done in told.done:
        branch.add(
            _("сделано: {action}  {key}").format(action=action_word(done.action), key=done.key),
            "magenta",
        )
    if told.trouble and told.fired:
        branch.add(_("не удалось: {found}").format(found=told.trouble), "red")


def _verdict(told: Told) -> str:
    if told.fired:
        return _("сработало")
    if told.why_not:
        return _("нет, {why}").format(why=told.why_not)
    if told.near:
        return _("почти: неверна одна часть условия из {count}").format(count=len(told.clauses))
    return _("нет, условие неверно")


def _clause(under: Branch, clause: Clause) -> None:
    seen = ", ".join(f"{name} = {_value(value)}" for name, value in clause.values.items())
    word = _("верно") if clause.holds else _("неверно")
    under.add(f"{word}: {clause.text}  ({seen})", "" if clause.holds else "red")


def _value(value: Any) -> str:
    if value is None:
        return _("пусто")
    if isinstance(value, bool):
        return _("да") if value else _("нет")
    if isinstance(value, dict):
        return str(value.get("name") or value.get("number") or value.get("id"))
    return str(value)
