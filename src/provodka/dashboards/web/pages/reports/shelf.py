"""Which reports there are as pages, who may open each, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import marked

__all__ = ["READERS", "SHELF", "Shelved", "beside", "shelved"]

ANALYSTS = frozenset({Role.ANALYST, Role.HEAD, Role.ENGINEER})
WITH_ACCOUNTANTS = ANALYSTS | {Role.ACCOUNTANT}
WITH_DISPATCHERS = ANALYSTS | {Role.DISPATCHER}


@dataclass(frozen=True, slots=True)
class Shelved:
    """A report's page; `title` and `menu` are marked texts, a report without `menu` is not in it.

    `family` are the reports that people read together.
    """

    name: str
    title: str
    family: str
    roles: frozenset[Role] = ANALYSTS
    menu: str = ""
    icon: str = "report"

    @property
    def path(self) -> str:
        """The address of its page."""
        return f"/reports/{self.name}"


SHELF = (
    Shelved("funnel", marked("Воронка продаж"), "funnel", menu=marked("Воронка"), icon="funnel"),
    Shelved("my_sales", marked("Мои продажи"), "sales", menu=marked("Продажи"), icon="sales"),
    Shelved(
        "calls",
        marked("Звонки"),
        "work",
        WITH_DISPATCHERS,
        menu=marked("Звонки"),
        icon="calls",
    ),
    Shelved(
        "couriers",
        marked("Экспедиторы"),
        "water",
        WITH_DISPATCHERS,
        menu=marked("Экспедиторы"),
        icon="courier",
    ),
    Shelved(
        "lost_clients",
        marked("Потерянные клиенты"),
        "water",
        WITH_DISPATCHERS,
        menu=marked("Потерянные клиенты"),
        icon="lost",
    ),
    Shelved(
        "tasks",
        marked("Исполнительская дисциплина"),
        "work",
        menu=marked("Дисциплина"),
        icon="discipline",
    ),
    Shelved("wins", marked("Доля выигранных"), "funnel"),
    Shelved("stage_time", marked("Время на этапах"), "funnel"),
    Shelved("leads", marked("Обращения"), "funnel"),
    Shelved("removed", marked("Удаленные и объединенные сделки"), "funnel"),
    Shelved("plan", marked("План и факт"), "sales", WITH_ACCOUNTANTS),
    Shelved("invoices", marked("Счета на оплату"), "sales", WITH_ACCOUNTANTS),
    Shelved("abc_xyz", marked("ABC/XYZ"), "sales"),
    Shelved(
        "goods_rendered",
        marked("Оказанные услуги и отпущенные товары"),
        "sales",
        WITH_ACCOUNTANTS,
    ),
    Shelved("orders_handled", marked("Обработанные заказы"), "water", WITH_DISPATCHERS),
    Shelved("client_base", marked("Качество базы клиентов"), "work"),
)
READERS = frozenset(role for one in SHELF for role in one.roles)
"""Everybody who may open at least one report."""


def shelved(name: str) -> Shelved | None:
    """The page of a report; a dash in the name is an underscore."""
    wanted = name.replace("-", "_")
    return next((one for one in SHELF if one.name == wanted), None)


def beside(one: Shelved) -> tuple[Shelved, ...]:
    """The family of a report, itself included, in the order of the shelf."""
    return tuple(other for other in SHELF if other.family == one.family)
