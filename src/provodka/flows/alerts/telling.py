"""Alerts in words: what is wrong, how far beyond the limit, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from provodka.dashboards.insight.wording import flow_word, stream_word, system_word
from provodka.flows.alerts.deciding import Alert
from provodka.foundation.i18n import _

__all__ = ["sentence", "subject_of", "text_of"]


def subject_of(alerts: Sequence[Alert], company: str) -> str:
    """A letter's subject: the first alert, and how many more there are."""
    first = sentence(alerts[0])
    if len(alerts) == 1:
        return f"{company}: {first}"
    return _("{company}: {first}, и еще {count}").format(
        company=company, first=first, count=len(alerts) - 1
    )


def text_of(alerts: Sequence[Alert]) -> str:
    """A letter's text: each alert with its limit and the next step."""
    told = "\n\n".join("\n".join((sentence(one), _limit(one), _next_step(one))) for one in alerts)
    rest = _(
        "Об этих случаях хаб больше не напишет, пока они не пройдут и не повторятся. Состояние "
        "показывает provodka status."
    )
    return f"{told}\n\n{rest}\n"


def sentence(one: Alert) -> str:
    """What is wrong, in one sentence without a point."""
    if one.rule == "freshness":
        return _("поток «{stream}» не завершался удачно {found}").format(
            stream=flow_word(one.subject), found=_told(one.found)
        )
    if one.rule == "set_aside":
        return _("поток «{stream}» отложил {found} % прочитанного").format(
            stream=flow_word(one.subject), found=one.found
        )
    if one.rule == "conflicts":
        return _("решения человека ждут конфликты: {found}").format(found=one.found)
    if one.rule == "outbox":
        return _("исходящее в систему «{system}» ждет доставки {found}").format(
            system=system_word(one.subject), found=_told(one.found)
        )
    if one.rule == "drift":
        return _("сверка потока «{stream}» с 1С нашла расхождения: {found}").format(
            stream=stream_word(one.subject), found=one.found
        )
    if one.rule == "rule":
        return _("правило «{rule}» выключено: неудач подряд {found}").format(
            rule=one.subject, found=one.found
        )
    return _("документ потока «{stream}» ждет родителя {found}").format(
        stream=stream_word(one.subject), found=_told(one.found)
    )


def _limit(one: Alert) -> str:
    return _("Предел: {limit}").format(limit=_told(one.limit))


def _next_step(one: Alert) -> str:
    steps = {
        "freshness": _("Что делать: provodka runs --stream {name} --failed"),
        "set_aside": _("Что делать: provodka quarantine list"),
        "conflicts": _("Что делать: provodka conflicts list"),
        "outbox": _("Что делать: provodka status покажет, что мешает"),
        "drift": _("Что делать: provodka sweep {name} покажет какие, --mend устранит"),
        "rule": _(
            "Что делать: provodka quarantine list покажет, что не удалось; исправив, выполните "
            "provodka rules enable {name}"
        ),
        "parked": _("Что делать: узнайте, почему родитель документа не приходит из 1С"),
    }
    return steps[one.rule].format(name=one.subject)


def _told(value: Any) -> str:
    """A span in its two greatest units; anything else as it is."""
    if not isinstance(value, timedelta):
        return str(value)
    minutes = int(value.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _("{days} д {hours} ч").format(days=days, hours=hours)
    if hours:
        return _("{hours} ч {minutes} мин").format(hours=hours, minutes=minutes)
    return _("{minutes} мин").format(minutes=minutes)
