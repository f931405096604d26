"""`provodka users`: who may sign in to the pages, with what roles; who saw and did what."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from provodka.flows.cli.desk import Desk
from provodka.flows.cli.words import argument, described, group_of, option
from provodka.foundation.i18n import _

__all__ = ["declare"]

Login = Annotated[str, argument(_("ИМЯ"), _("Имя для входа"))]
Roles = Annotated[
    list[str] | None,
    option(
        "--role",
        metavar=_("РОЛЬ"),
        text=_("engineer, accountant, analyst, head, dispatcher, courier; можно несколько раз"),
    ),
]
Departments = Annotated[
    list[str] | None,
    option(
        "--department",
        metavar=_("ОТДЕЛ"),
        text=_("Чьи данные видит: название или ключ отдела; можно несколько раз"),
    ),
]
Employee = Annotated[
    str | None,
    option("--employee", metavar=_("КТО"), text=_("Какой это сотрудник: почта, имя или ключ")),
]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    group = group_of(
        _("Люди, которые входят на страницы: роли, пароли, ссылки."), "provodka users list"
    )
    text = (
        _("Завести человека."),
        _(
            "Пароль спрашивается или читается со стандартного ввода. С --no-password входят по"
            " ссылке или через поставщика."
        ),
    )
    line = "provodka users add anna --name «Анна Ветрова» --role head --department Продажи"
    group.command("add", **described(*text, line))(add)
    text = (_("Перечислить людей: роли, отделы, когда входили."), "")
    group.command("list", **described(*text, "provodka users list"))(list_)
    text = (
        _("Изменить роли, отделы или сотрудника."),
        _("Чего не назвали, остается. Действует со следующего щелчка в открытом сеансе."),
    )
    line = "provodka users roles anna --role head --role analyst"
    group.command("roles", **described(*text, line))(roles)
    text = (
        _("Задать пароль; открытые сеансы кончаются."),
        _("Пароль спрашивается или читается со стандартного ввода, в команде его нет."),
    )
    group.command("password", **described(*text, "provodka users password anna"))(password)
    text = (_("Больше не впускать; открытые сеансы кончаются."), "")
    group.command("disable", **described(*text, "provodka users disable anna"))(disable)
    text = (_("Впускать снова."), "")
    group.command("enable", **described(*text, "provodka users enable anna"))(enable)
    text = (_("Напечатать ссылку, по которой человек войдет один раз без пароля."), "")
    group.command("link", **described(*text, "provodka users link anna --hours 2"))(link)
    text = (
        _("Показать, кто входил, что видел, выгружал и делал, новое первым."),
        _("Хранится web.sign_in.keep_audit_days дней."),
    )
    lines = ("provodka users audit --login anna", "provodka users audit --what refused")
    group.command("audit", **described(*text, *lines))(audit)
    app.add_typer(group, name="users")


def add(
    ctx: typer.Context,
    login: Login,
    name: Annotated[
        str, option("--name", metavar=_("КАК"), text=_("Как человека зовут; иначе имя для входа"))
    ] = "",
    role: Roles = None,
    department: Departments = None,
    employee: Employee = None,
    no_password: Annotated[
        bool, option("--no-password", text=_("Без пароля: по ссылке или через поставщика входа"))
    ] = False,
) -> None:
    """Enter a person."""
    from provodka.flows.people import registry

    granted = registry.roles_of(role or ())
    secret = None if no_password else _asked()
    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        made = registry.enter(
            connection,
            login,
            name,
            by=getpass.getuser(),
            roles=granted,
            departments=[registry.department_of(connection, one) for one in department or ()],
            employee_id=registry.employee_of(connection, employee) if employee else None,
            password=secret,
        )
    desk.screen.document({"id": made.id, "login": made.login, "roles": made.roles})
    desk.screen.line(_("заведен: {login}").format(login=made.login), mark="✓")


def list_(ctx: typer.Context) -> None:
    """List everybody."""
    from provodka.connectors.crm_store import people
    from provodka.flows.cli.users_shown import show_people

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = people.listed(connection)
    show_people(desk, rows)


def roles(
    ctx: typer.Context,
    login: Login,
    role: Roles = None,
    department: Departments = None,
    all_departments: Annotated[
        bool, option("--all-departments", text=_("Видит данные всех отделов"))
    ] = False,
    employee: Employee = None,
) -> None:
    """Give other roles."""
    from provodka.flows.people import registry

    granted = registry.roles_of(role) if role else ()
    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        who = registry.person_of(connection, login)
        seen = [registry.department_of(connection, one) for one in department or ()]
        registry.give_roles(
            connection,
            who,
            by=getpass.getuser(),
            roles=granted,
            departments=seen if seen or all_departments else None,
            employee_id=registry.employee_of(connection, employee) if employee else None,
        )
    desk.screen.document({"login": who.login, "roles": granted or who.roles})
    desk.screen.line(_("изменено: {login}").format(login=who.login), mark="✓")


def password(ctx: typer.Context, login: Login) -> None:
    """Give another password."""
    from provodka.flows.people import registry

    desk = Desk(ctx)
    with desk.store() as engine:
        with engine.connect() as connection:
            who = registry.person_of(connection, login)
        secret = _asked()
        with engine.begin() as connection:
            registry.give_password(connection, who, secret, by=getpass.getuser())
    desk.screen.document({"login": who.login})
    desk.screen.line(_("пароль задан, сеансы закончены"), mark="✓")


def disable(ctx: typer.Context, login: Login) -> None:
    """Let somebody in no more."""
    _switch(ctx, login, active=False)


def enable(ctx: typer.Context, login: Login) -> None:
    """Let somebody in again."""
    _switch(ctx, login, active=True)


def _switch(ctx: typer.Context, login: str, *, active: bool) -> None:
    from provodka.flows.people import registry

    desk = Desk(ctx)
    with desk.store() as engine, engine.begin() as connection:
        who = registry.person_of(connection, login)
        ended = registry.switch(connection, who, active=active, by=getpass.getuser())
    desk.screen.document({"login": who.login, "active": active, "sessions_ended": ended})
    told = (
        _("снова впускается") if active else _("больше не впускается, сеансов закончено: {count}")
    )
    desk.screen.line(told.format(count=ended), mark="✓")


def link(
    ctx: typer.Context,
    login: Login,
    hours: Annotated[
        int, option("--hours", metavar=_("ЧАСЫ"), text=_("Сколько часов годна, иначе 24"))
    ] = 24,
    address: Annotated[
        str | None,
        option(
            "--address",
            metavar="URL",
            text=_("Адрес хаба в ссылке; иначе web.public_url или этот компьютер"),
        ),
    ] = None,
) -> None:
    """Print a one-time link."""
    from provodka.flows.people import registry

    desk = Desk(ctx)
    base = address or _public(desk)
    with desk.store() as engine, engine.begin() as connection:
        who = registry.person_of(connection, login)
        until = datetime.now(UTC) + timedelta(hours=hours)
        path = registry.give_link(connection, who, until, by=getpass.getuser())
    desk.screen.document({"login": who.login, "url": base + path, "until": until})
    if not desk.options.json:
        desk.screen.text(base + path)


def audit(
    ctx: typer.Context,
    login: Annotated[
        str | None, option("--login", metavar=_("ИМЯ"), text=_("Только этого человека"))
    ] = None,
    what: Annotated[
        str | None,
        option("--what", metavar="entered|refused|left|saw|exported|did:…", text=_("Только это")),
    ] = None,
    limit: Annotated[
        int, option("--limit", metavar=_("ЧИСЛО"), text=_("Не больше стольких, иначе 50"))
    ] = 50,
) -> None:
    """List who saw and did what."""
    from provodka.connectors.crm_store import audit as book
    from provodka.flows.cli.users_shown import show_audit

    desk = Desk(ctx)
    with desk.store() as engine, engine.connect() as connection:
        rows = book.listed(connection, login=login, what=what, limit=limit)
    show_audit(desk, rows)


def _asked() -> str:
    """A password from a person, twice, or the first line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    secret: str = typer.prompt(
        _("Пароль"), hide_input=True, confirmation_prompt=_("Еще раз"), err=True
    )
    return secret


def _public(desk: Desk) -> str:
    from provodka.flows.settings import load_settings
    from provodka.flows.web_child import USUAL_PORT, web_address

    settings, _source = load_settings(desk.environment.config)
    web = settings.web
    if web is not None and web.public_url:
        return web.public_url.rstrip("/")
    return web_address(settings, (web.port if web else None) or USUAL_PORT) or ""
