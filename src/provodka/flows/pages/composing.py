"""The house behind the door as `hub.yaml` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from provodka.dashboards.web.house import House
from provodka.dashboards.web.pages.backdrop import Backdrop, View
from provodka.flows.hub import Hub
from provodka.flows.people.composing import sign_in_rules
from provodka.flows.settings import Web

__all__ = ["VIEWS", "house_of"]

VIEWS: Mapping[str, str] = {
    "candidates": "provodka.flows.insight.for_pages:candidates",
    "explained": "provodka.flows.insight.for_pages:explained",
    "file_content": "provodka.flows.insight.for_pages:file_content",
    "rules": "provodka.flows.insight.for_pages:rules",
    "unlinked": "provodka.flows.insight.for_pages:unlinked",
    "watched": "provodka.flows.insight.for_pages:watched",
}
"""Views that pages get from `flows`, by name: `module:function` that takes the hub, gives the view.

The hub is composed without its systems: a page has nobody outside to talk to.
"""


def house_of(hub: Hub, *, prefect: str | None = None) -> House:
    """What the pages of this company need; `prefect` is the address of its own pages."""
    backdrop = Backdrop(
        company=hub.settings.company.name,
        zone=hub.settings.zone,
        calendars=lambda _connection: hub.book.calendars(hub.calendar),
        prefect=prefect,
        clock=hub.clock,
        views={name: _view(place, hub) for name, place in VIEWS.items()},
    )
    sign_in = sign_in_rules(hub.settings.web or Web(), hub.clock, hub.settings.zone)
    return House(hub.engine, backdrop, sign_in)


def _view(place: str, hub: Hub) -> View:
    module, _colon, name = place.partition(":")
    made: View = getattr(import_module(module), name)(hub)
    return made
