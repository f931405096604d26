"""The calendars of a hub: composed from the settings, and their stream."""

from __future__ import annotations

import os
from collections import Counter
from zoneinfo import ZoneInfo

from provodka.connectors.calendars.caldav import CalDav
from provodka.flows.calendars.busy import read_busy
from provodka.flows.calendars.courier import CalendarCourier
from provodka.flows.calendars.pulling import Source, pull
from provodka.flows.calendars.queueing import watch
from provodka.flows.deliver.courier import Courier
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import tokens_of
from provodka.flows.settings.calendars import CalendarAccount, Calendars
from provodka.flows.work import Work

__all__ = ["calendar_couriers", "run_calendars", "sources"]


def calendar_couriers(hub: Hub) -> list[Courier]:
    """One for each calendar that `hub.yaml` names."""
    calendars = hub.settings.calendars or Calendars()
    return [
        CalendarCourier(
            calendar=source.calendar,
            email=source.email,
            kinds=source.kinds,
            minutes=calendars.minutes,
            todos=calendars.tasks_as == "todo",
            zone=source.zone,
            dav=source.dav,
            engine=hub.engine,
            clock=hub.clock,
        )
        for source in sources(hub)
    ]


def sources(hub: Hub) -> list[Source]:
    """Every calendar that `hub.yaml` names; call after `load_settings`."""
    calendars = hub.settings.calendars or Calendars()
    zone = ZoneInfo(calendars.zone) if calendars.zone else hub.settings.zone
    return [
        Source(one.name, one.employee, calendars.kinds, zone, _dav(one))
        for one in calendars.accounts
    ]


def run_calendars(hub: Hub, _work: Work) -> Counter[str]:
    """What people have changed there, what has changed here, busy hours."""
    counts: Counter[str] = Counter()
    calendars = hub.settings.calendars or Calendars()
    every = sources(hub)
    for source in every:
        counts += pull(hub.engine, source)
    counts += watch(hub.engine, {one.calendar: one.email for one in every}, calendars.kinds)
    for source in every:
        counts += read_busy(hub.engine, source, hub.clock(), calendars.busy_days)
    return counts


def _dav(account: CalendarAccount) -> CalDav:
    password = os.environ[account.password_env] if account.password_env else ""
    return CalDav(
        account.name,
        account.url,
        account.login,
        password,
        token=tokens_of(account.oauth, account.ca_file) if account.oauth else None,
        timeout=account.timeout,
        ca_file=account.ca_file,
    )
