"""The columns of the funnel's tables: title, meaning, unit."""

from __future__ import annotations

from provodka.dashboards.results import Column
from provodka.foundation.i18n import _

__all__ = [
    "balance_columns",
    "cohort_columns",
    "flow_columns",
    "gone_columns",
    "group_column",
    "scenario_column",
    "stage_column",
    "win_columns",
]


def scenario_column() -> Column:
    """The scenario, shown once when there is only one."""
    return Column("scenario", _("Сценарий"), "text", _("Сценарий продаж"), context=True)


def group_column(*, context: bool = False) -> Column:
    """The breakdown's value; a context where stages are listed under it."""
    meaning = _("Значение разреза, каким оно было в момент события")
    return Column("group", _("Разрез"), "text", meaning, context=context)


def stage_column() -> Column:
    """The stage's name."""
    return Column("stage", _("Этап"), "text", _("Этап сценария, как назывался на дату отчета"))


def cohort_columns(days: int) -> tuple[Column, ...]:
    """Reached, visited, skipped and three conversions; `days` is the H of conv_H."""
    within = _("За {days} дн.").format(days=days).replace(" ", "\u00a0")
    return (
        _count("reached", _("Достигли"), _("Дошли до этапа или дальше хотя бы раз")),
        _ratio(
            "conversion",
            _("Конверсия"),
            _("Достигшие этапа из достигших предыдущего; нижняя граница"),
        ),
        _ratio("upper", _("Не более"), _("Конверсия, если дойдут и все еще открытые")),
        _count("pending", _("В работе"), _("Открыты и стоят перед этапом: между границами")),
        _ratio(
            "within",
            within,
            _("Достигли за {days} суток из тех, у кого эти сутки прошли").format(days=days),
        ),
        _count("visited", _("Были"), _("Побывали на самом этапе")),
        _count("skipped", _("Миновали"), _("Достигли, не побывав: Достигли − Были")),
        _ratio("of_cohort", _("От созданных"), _("Достигшие этапа из всех созданных за период")),
    )


def flow_columns() -> tuple[Column, ...]:
    """First entries, re-entries and the flow ratio."""
    return (
        _count("entered", _("Вошли впервые"), _("Сделки, чей первый вход в этап был за период")),
        _count("again", _("Вошли снова"), _("Повторные входы в этап за период")),
        _ratio(
            "flow_ratio",
            _("К предыдущему"),
            _("Вошедшие впервые к вошедшим впервые в предыдущий этап"),
        ),
    )


def win_columns() -> tuple[Column, ...]:
    """Closed in the period, and the state of those created in it."""
    return (
        _count("won", _("Выиграно"), _("Последний раз закрыты успешно за период"), total=True),
        _count("lost", _("Проиграно"), _("Последний раз закрыты неудачей за период"), total=True),
        _ratio("win_rate", _("Доля выигранных"), _("Выиграно из выигранных и проигранных")),
        Column(
            "won_amount",
            _("Сумма выигранных, ₽"),
            "money",
            _("Сумма выигранных сделок с НДС при закрытии"),
            "₽",
            total=True,
        ),
        _count("reopened", _("Открыто снова"), _("Возвраты из конца за период"), total=True),
        _count("cohort", _("Создано"), _("Созданы за период"), total=True),
        _ratio("cohort_rate", _("Из них выиграно"), _("Выигранные к дате отчета из созданных")),
        _ratio("open_share", _("Из них открыто"), _("Открытые на дату отчета из созданных")),
    )


def gone_columns() -> tuple[Column, ...]:
    """Deals that were deleted or merged by the report's instant."""
    deleted, merged = _("удалены"), _("объединены")
    return (
        _count("created_deleted", _("Созданы, удалены"), _("Созданы за период") + ", " + deleted),
        _count("created_merged", _("Созданы, объединены"), _("Созданы за период") + ", " + merged),
        _count("entered_deleted", _("Входили, удалены"), _("Входили в этапы") + ", " + deleted),
        _count("entered_merged", _("Входили, объединены"), _("Входили в этапы") + ", " + merged),
        _count("closed_deleted", _("Закрыты, удалены"), _("Закрыты за период") + ", " + deleted),
        _count("closed_merged", _("Закрыты, объединены"), _("Закрыты за период") + ", " + merged),
    )


def balance_columns() -> tuple[Column, ...]:
    """Entries and every kind of exit."""
    return (
        _count("entries", _("Входов"), _("Все входы в этап за период"), total=True),
        _count("advanced", _("Дальше"), _("Перешли вперед"), total=True),
        _count("back", _("Назад"), _("Вернулись назад"), total=True),
        _count("won", _("Выиграны"), _("Закрыты успешно"), total=True),
        _count("lost", _("Проиграны"), _("Закрыты неудачей"), total=True),
        _count("transferred", _("Переведены"), _("Ушли в другой сценарий"), total=True),
        _count("deleted", _("Удалены"), _("Удалены с этапа"), total=True),
        _count("merged", _("Объединены"), _("Объединены с другой сделкой"), total=True),
        _count("open", _("Сейчас здесь"), _("Еще на этапе на дату отчета"), total=True),
    )


def _count(key: str, title: str, meaning: str, *, total: bool = False) -> Column:
    return Column(key, title, "count", meaning, _("шт."), total=total)


def _ratio(key: str, title: str, meaning: str) -> Column:
    return Column(key, title, "ratio", meaning, "%")
