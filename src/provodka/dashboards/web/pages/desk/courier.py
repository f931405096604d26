"""`/courier`: the day of whoever drives: stops, what to say of each, cash at the end.

The page is a shell that a telephone keeps; everything in it comes from `/courier/day`, and what the
courier says goes to `/courier/acts` under its own key, at once or when there is a connection again.
"""

from __future__ import annotations

from provodka.connectors.crm_store import audit
from provodka.dashboards.web.pages.answers import Answer, Sent, Shown
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.desk.acts import take_act
from provodka.dashboards.web.pages.desk.courier_words import words
from provodka.dashboards.web.pages.desk.rounds import day_of
from provodka.dashboards.web.pages.filling import json_of
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import marked

__all__ = ["pages"]

COURIER = frozenset({Role.COURIER})
JSON = "application/json"


def pages() -> tuple[Page, ...]:
    """The shell, the day, the acts."""
    title = marked("Мой день")
    return (
        Page(
            "/courier",
            "courier",
            title,
            COURIER,
            show,
            menu=title,
            section="work",
            icon="courier",
            seen=audit.SAW,
        ),
        Page("/courier/day", "courier_day", title, COURIER, show_day),
        Page("/courier/acts", "courier_acts", title, COURIER, act=act),
    )


def show(_visit: Visit) -> Answer:
    """The shell: nobody's data, so that a telephone may keep it."""
    return Shown("desk_courier.html.jinja", {"words": words()})


def show_day(visit: Visit) -> Answer:
    """The stops of this courier alone, and what became of what was said of them."""
    return Sent(json_of(day_of(visit)).encode(), JSON, packed=True)


def act(visit: Visit) -> Answer:
    """Keep what a courier says of a stop; the same key again is the same word."""
    status, said = take_act(visit)
    return Sent(json_of(said).encode(), JSON, status=status)
