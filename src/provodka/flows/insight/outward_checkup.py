"""Channels and calendars, asked: whose bot it is, what is left on the account, is it a calendar."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from provodka.flows.hub import Hub
from provodka.flows.insight.checked import Finding, good, tried
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.flows.calendars.pulling import Source

__all__ = ["check_outward"]


def check_outward(hub: Hub) -> Iterator[Finding]:
    """Every channel and calendar that `hub.yaml` names."""
    outside = hub.settings.outside
    if outside.telegram is not None:
        yield from tried("telegram", lambda: _bot(hub))
    if outside.smsc is not None:
        yield from tried("sms", lambda: _gateway(hub))
    if hub.settings.calendars is not None:
        yield from _calendars(hub)


def _bot(hub: Hub) -> Iterator[Finding]:
    from provodka.flows.deliver.outside import telegram_bot

    telegram = hub.settings.outside.telegram
    if telegram is not None:
        bot = telegram_bot(telegram).probe()
        yield good("telegram", _("бот @{name} отвечает").format(name=bot.username))


def _gateway(hub: Hub) -> Iterator[Finding]:
    from provodka.flows.deliver.outside import sms_gateway

    smsc = hub.settings.outside.smsc
    if smsc is not None:
        left = sms_gateway(smsc).probe()
        told = _("шлюз СМС отвечает, на счете {left} {currency}")
        yield good("sms", told.format(left=left, currency=smsc.currency))


def _calendars(hub: Hub) -> Iterator[Finding]:
    from provodka.flows.calendars.running import sources
    from provodka.flows.calendars.showing import owner_of

    for source in sources(hub):
        area = f"calendar:{source.calendar}"
        with hub.engine.connect() as connection:
            owner = owner_of(connection, source.email)
        if owner is None:
            yield Finding(
                area,
                "bad",
                _("сотрудника с адресом из поля employee нет"),
                "no_employee",
                _("сотрудник с таким адресом почты"),
                _("исправьте employee в разделе calendars или карточку сотрудника"),
            )
        yield from tried(area, partial(_calendar, area, source))


def _calendar(area: str, source: Source) -> Iterator[Finding]:
    source.dav.probe()
    yield good(area, _("{where} отвечает").format(where=source.dav.where))
