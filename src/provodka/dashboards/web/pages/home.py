"""`/`: everybody's own first page, by the first role that has one."""

from __future__ import annotations

from provodka.dashboards.web.pages.answers import Answer, Elsewhere
from provodka.dashboards.web.pages.declaring import EVERYONE, Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import marked

__all__ = ["FIRST", "pages"]

FIRST = (
    (Role.ENGINEER, "/overview"),
    (Role.HEAD, "/overview"),
    (Role.ANALYST, "/overview"),
    (Role.ACCOUNTANT, "/invoices"),
    (Role.DISPATCHER, "/dispatcher"),
    (Role.COURIER, "/courier"),
)


def pages() -> tuple[Page, ...]:
    """The address without a path."""
    return (Page("/", "home", marked("Начало"), EVERYONE, show),)


def show(visit: Visit) -> Answer:
    """Send the visitor on."""
    return Elsewhere(next(path for role, path in FIRST if visit.visitor.may(role)))
