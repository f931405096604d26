"""The couriers of a hub: one for each system that it writes to, and one of its own reports."""

from __future__ import annotations

from datetime import timedelta

from provodka.flows.calls.dialling import dial_couriers
from provodka.flows.deliver.courier import Courier
from provodka.flows.deliver.letter_courier import letter_courier
from provodka.flows.deliver.outside import outside_couriers
from provodka.flows.deliver.papers import PaperCourier
from provodka.flows.deliver.report_courier import ReportCourier
from provodka.flows.hub import Hub

__all__ = ["couriers"]


def couriers(hub: Hub) -> list[Courier]:
    """Those whose systems `hub.yaml` names, and that of reports."""
    found: list[Courier] = []
    if hub.base is not None and hub.settings.onec is not None:
        wait = timedelta(seconds=hub.settings.onec.lost_answer_wait)
        found.append(PaperCourier(hub, hub.base, lost_answer_wait=wait))
    if hub.smtp is not None and hub.settings.mail is not None:
        found.append(letter_courier(hub, hub.settings.mail, hub.smtp))
    found += outside_couriers(hub)
    found.append(ReportCourier(hub))
    found += dial_couriers(hub)
    if hub.settings.calendars is not None:
        # The library of calendars is not to be loaded by those who have none.
        from provodka.flows.calendars.running import calendar_couriers

        found += calendar_couriers(hub)
    return found
