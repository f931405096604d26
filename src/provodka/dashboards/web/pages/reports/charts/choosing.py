"""Which picture suits which report."""

from __future__ import annotations

from collections.abc import Mapping

from provodka.dashboards.results import ReportResult
from provodka.dashboards.web.pages.reports.charts.drawing import Drawing
from provodka.dashboards.web.pages.reports.charts.ways import (
    Drawn,
    by_group,
    by_stage,
    days,
    dearest,
    funnels,
    hours,
    incidence,
    plans,
    several,
)
from provodka.dashboards.web.pages.reports.tables import Link
from provodka.foundation.i18n import marked

__all__ = ["charts_of"]


def charts_of(result: ReportResult, link: Link) -> tuple[Drawing, ...]:
    """The pictures of a report; none where there is nothing to draw, or nothing but a list."""
    drawn = DRAWN.get(result.name)
    found = drawn(result, link) if drawn else []
    return tuple(one for one in found if one.options["series"] and _drawable(one))


def _drawable(one: Drawing) -> bool:
    return any(
        (point.get("value") if isinstance(point, dict) else point)
        for series in one.options["series"]
        for point in series["data"]
    )


WINS = {"won": marked("Выиграно"), "lost": marked("Проиграно")}
CAME = {
    "begun": marked("Новые"),
    "returned": marked("Вернулись"),
    "lost": marked("Потеряно"),
}
DRAWN: Mapping[str, Drawn] = {
    "funnel": funnels,
    "wins": several(
        by_group("closed", marked("Закрытые за период"), WINS),
        by_group(
            "cohort",
            marked("Созданные за период"),
            {
                "cohort_won": marked("Выиграно"),
                "cohort_lost": marked("Проиграно"),
                "cohort_open": marked("Открыто"),
            },
        ),
    ),
    "my_sales": by_stage("stages", marked("Сделок на этапах"), {"deals": marked("Сделок")}),
    "stage_time": several(
        by_stage(
            "visits",
            marked("Время на этапе, рабочие часы"),
            {"median_working": marked("Медиана"), "p90_working": marked("p90")},
        ),
        incidence(
            "to_win",
            marked("Доля выигранных по дням от создания, %"),
            {
                "won_30": marked("30 дн."),
                "won_90": marked("90 дн."),
                "won_180": marked("180 дн."),
            },
        ),
    ),
    "leads": several(
        incidence(
            "conversion",
            marked("Доля квалифицированных по дням, %"),
            {
                "within_1": marked("1 дн."),
                "within_7": marked("7 дн."),
                "within_30": marked("30 дн."),
            },
        ),
        by_group(
            "conversion",
            marked("Что стало с обращениями"),
            {
                "qualified": marked("Квалифицировано"),
                "n_censored": marked("Открыто"),
                "lost": marked("Проиграно"),
            },
        ),
    ),
    "tasks": by_group(
        "discipline",
        marked("Задачи, чей срок наступил"),
        {
            "on_time": marked("В срок"),
            "late": marked("С опозданием"),
            "overdue": marked("Просрочены"),
        },
    ),
    "plan": several(
        plans,
        by_group(
            "facts", marked("Факт за период, ₽"), {"amount": marked("Сумма, ₽")}, stacked=False
        ),
    ),
    "calls": several(
        by_group(
            "calls",
            marked("Разговоры"),
            {
                "answered": marked("Принято"),
                "missed": marked("Пропущено"),
                "abandoned": marked("Потеряно"),
                "other": marked("Прочие"),
            },
        ),
        hours,
    ),
    "invoices": by_group(
        "invoices",
        marked("Счета по оплате"),
        {"paid": marked("Оплачено"), "partly": marked("Частично"), "unpaid": marked("Не оплачено")},
    ),
    "client_base": several(
        by_group(
            "fields",
            marked("Заполнено, %"),
            {"filled": marked("Заполнено")},
            stacked=False,
            of="field",
        ),
        by_group(
            "base",
            marked("Что поправить"),
            {
                "twice_inn": marked("Двойники по ИНН"),
                "twice_phone": marked("По телефону"),
                "twice_email": marked("По почте"),
                "nobodys": marked("Без ответственного"),
            },
            stacked=False,
        ),
    ),
    "abc_xyz": dearest("classes", marked("Больше всего дают"), "name", "value", ordered=True),
    "lost_clients": several(
        by_group("payers", marked("Плательщики"), CAME, stacked=False),
        by_group("points", marked("Точки доставки"), CAME, stacked=False),
    ),
    "couriers": by_group(
        "stops",
        marked("Остановки"),
        {
            "on_time": marked("Вовремя"),
            "late": marked("Поздно"),
            "failed": marked("Не удались"),
            "rescheduled": marked("Перенесены"),
            "reassigned": marked("Переданы"),
            "cancelled": marked("Сняты"),
            "waiting": marked("Ждут"),
        },
    ),
    "goods_rendered": dearest("goods", marked("Больше всего отпущено"), "item", "amount"),
    "orders_handled": several(
        days,
        by_group(
            "orders",
            marked("Заказы"),
            {
                "received": marked("Принято"),
                "confirmed": marked("Подтверждено"),
                "delivered": marked("Доставлено"),
                "cancelled": marked("Отменено"),
            },
            stacked=False,
        ),
    ),
}
"""By the report's name; a report that is a list of documents alone has no picture."""
