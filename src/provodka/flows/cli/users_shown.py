"""People and the audit as `provodka users` shows them."""

from __future__ import annotations

from collections.abc import Sequence

from provodka.connectors.crm_store.audit import Noted
from provodka.connectors.crm_store.people import Person
from provodka.dashboards.web.people.roles import Role, role_word
from provodka.flows.cli.desk import Desk
from provodka.flows.cli.screen import moment
from provodka.foundation.i18n import _

__all__ = ["show_audit", "show_people"]


def show_people(desk: Desk, rows: Sequence[Person]) -> None:
    """Everybody who may sign in; of passwords only whether there is one."""
    desk.screen.document([_plain(one) for one in rows])
    if not rows:
        desk.screen.line(_("никого нет; завести: provodka users add"), mark="·")
        return
    desk.screen.table(
        (_("Имя"), _("Как зовут"), _("Роли"), _("Входит"), _("Был")),
        (
            (
                one.login,
                one.name,
                ", ".join(role_word(Role(role)) for role in one.roles),
                _way(one),
                moment(one.entered_at, desk.zone) or "—",
            )
            for one in rows
        ),
    )


def show_audit(desk: Desk, rows: Sequence[Noted]) -> None:
    """Who saw and did what."""
    desk.screen.document(rows)
    desk.screen.table(
        (_("Когда"), _("Кто"), _("Что"), _("Где"), _("Документ"), _("Подробности")),
        (
            (
                moment(one.at, desk.zone),
                one.login or "—",
                one.what,
                one.kind,
                one.document or "",
                ", ".join(f"{name}={value}" for name, value in sorted(one.detail.items())),
            )
            for one in rows
        ),
    )


def _plain(one: Person) -> dict[str, object]:
    return {
        "login": one.login,
        "name": one.name,
        "roles": one.roles,
        "departments": one.departments,
        "employee": one.employee_id,
        "active": one.active,
        "password": one.password is not None,
        "issuer": one.issuer,
        "entered_at": one.entered_at,
    }


def _way(one: Person) -> str:
    if not one.active:
        return _("выключен")
    ways = [_("паролем")] * (one.password is not None)
    ways += [_("через поставщика")] * (one.issuer is not None)
    return ", ".join(ways) or _("по ссылке")
