"""The columns of the report on couriers."""

from __future__ import annotations

from provodka.dashboards.reports.report_columns import count, instant, money, number, ratio, words
from provodka.dashboards.results import Column
from provodka.foundation.i18n import _

__all__ = ["cash_columns", "goods_columns", "reason_columns", "stop_columns"]


def stop_columns() -> tuple[Column, ...]:
    """What became of the stops that were assigned at the cut-off."""
    return (
        count("stops", _("Назначено"), _("Остановки, назначенные на день к отсечке")),
        count("on_time", _("Вовремя"), _("Приехал не позже обещанного")),
        count("late", _("Поздно"), _("Приехал позже обещанного")),
        count("failed", _("Не удались"), _("Вернулся с причиной")),
        count("rescheduled", _("Перенесены"), _("На другой день, после отсечки")),
        count("reassigned", _("Переданы"), _("Другому экспедитору, после отсечки")),
        count("cancelled", _("Сняты"), _("Отменены")),
        count("waiting", _("Ждут"), _("Еще не выполнены")),
        ratio("first_rate", _("С первого раза"), _("Выполненные из первых выездов")),
        ratio("perfect_rate", _("Вовремя и полностью"), _("Из назначенных")),
    )


def reason_columns() -> tuple[Column, ...]:
    """Failures by reason."""
    return (
        words("courier", _("Экспедитор"), _("Кому было назначено")),
        words("reason", _("Причина"), _("Почему не удалось")),
        count("stops", _("Остановок"), _("Сколько раз")),
    )


def goods_columns() -> tuple[Column, ...]:
    """What was handed over: courier × client × item."""
    return (
        words("courier", _("Экспедитор"), _("Кто выполнил")),
        words("client_kind", _("Вид клиента"), _("При выезде")),
        words("client", _("Клиент"), _("Кому")),
        words("item", _("Номенклатура"), _("Что")),
        words("item_kind", _("Вид"), _("Товар или возвратная тара")),
        number("quantity", _("Количество"), _("Отдано"), total=True),
        money("amount", _("Сумма"), _("С НДС; у тары залог")),
        count("stops", _("Остановок"), _("В скольких"), total=False),
    )


def cash_columns() -> tuple[Column, ...]:
    """Stops at which the cash differs from what was due."""
    return (
        words("courier", _("Экспедитор"), _("Кто выполнил")),
        words("number", _("Остановка"), _("Номер")),
        words("client", _("Клиент"), _("У кого")),
        instant("arrived_at", _("Приехал"), _("Когда")),
        money("cash_due", _("Ожидалось"), _("С залогом за тару")),
        money("cash_taken", _("Получено"), _("С клиента")),
        money("difference", _("Разница"), _("Получено минус ожидалось")),
        words("note", _("Подробности"), _("Что сказал экспедитор")),
    )
