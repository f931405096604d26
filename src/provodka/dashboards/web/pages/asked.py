"""`/requests/<key>`: what has become of a request; a page asks again until it is settled."""

from __future__ import annotations

from provodka.connectors.crm_store import requests
from provodka.connectors.crm_store.requests import Asked
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.declaring import EVERYONE, Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.foundation.i18n import marked

__all__ = ["pages", "waited_for"]

EVENTS = {"new": (), "done": ("settled", "granted"), "refused": ("settled", "declined")}


def pages() -> tuple[Page, ...]:
    """The page of one request, for whoever has asked."""
    return (Page("/requests/{number:uuid}", "request", marked("Просьба"), EVERYONE, show),)


def waited_for(asked: Asked) -> Shown:
    """The piece of a page that shows a request and asks on until it is settled.

    When it is, the page hears the event `settled` and, by how it has ended, `granted` or
    `declined`; whatever listens to them is read anew. A form listens to `granted`, so that what
    was written into it outlives a refusal.
    """
    return Shown("request.html.jinja", {"asked": asked}, tell=EVENTS[asked.state])


def show(visit: Visit) -> Answer:
    """How the request stands; none of this person is as good as none at all."""
    found = requests.one(visit.connection, visit.path["number"], visit.visitor.person)
    return waited_for(found) if found else Shown("missing.html.jinja", status=404)
