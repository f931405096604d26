"""When at night everything is compared: at the hour that is set, or when the base's hours begin."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.hours import Hours
from provodka.flows.settings import HubSettings

__all__ = ["nightly"]


def nightly(settings: HubSettings, now: datetime) -> dict[str, time]:
    """Streams that run once a day and when, by the company's clock; `now` knows its zone.

    A set time at which the base may not be read whole moves to the beginning of its hours.
    """
    at, onec = settings.streams.sweep, settings.onec
    if at is None or onec is None or onec.protocol != "odata":
        return {}
    moment = now.astimezone(settings.zone).replace(
        hour=at.hour, minute=at.minute, second=0, microsecond=0
    )
    wait = Hours.parse(onec.heavy_hours).wait(moment.astimezone(ZoneInfo(onec.zone)))
    return {"sweep": (moment + wait).time()}
