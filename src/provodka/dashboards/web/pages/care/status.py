"""`/status`: systems, streams, lag, runs, workers, queues, what came over HTTP."""

from __future__ import annotations

from provodka.connectors.crm_store import errands
from provodka.dashboards.insight.arrivals import arrivals, door_word, reason_word
from provodka.dashboards.insight.arrivals import state_word as arrival_word
from provodka.dashboards.insight.counted import tally
from provodka.dashboards.insight.held_months import held_months
from provodka.dashboards.insight.pulse import last_runs
from provodka.dashboards.insight.queues import last_change, queues
from provodka.dashboards.insight.wording import flow_word, state_word, stream_word, system_word
from provodka.dashboards.web.pages.answers import Answer, Shown
from provodka.dashboards.web.pages.care.overview import watched
from provodka.dashboards.web.pages.care.spans import span_text
from provodka.dashboards.web.pages.declaring import Page
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.roles import Role
from provodka.foundation.i18n import _, marked

__all__ = ["pages"]

TONES = {
    "done": "good",
    "delivered": "good",
    "working": "good",
    "set_aside": "warn",
    "unsure": "warn",
    "failed": "bad",
    "interrupted": "bad",
    "dead": "bad",
    "silent": "bad",
    "gone": "bad",
}


def pages() -> tuple[Page, ...]:
    """One page, for engineers."""
    return (
        Page(
            "/status", "status", marked("Состояние"), frozenset({Role.ENGINEER}), show,
            menu=marked("Состояние"), section="hub", icon="status",
        ),
    )  # fmt: skip


def show(visit: Visit) -> Answer:
    """The same as `provodka status`; no outside system is touched."""
    seen = watched(visit)
    titles = seen.titles if seen else {}
    runs = [
        (one, _(titles[one.flow]) if one.flow in titles else flow_word(one.flow))
        for one in last_runs(visit.connection)
    ]
    context = {
        "systems": seen.systems if seen else (),
        "readers": seen.readers if seen else (),
        "journal_held": held_months(seen.journal_held) if seen and seen.journal_held else "",
        "runs": runs,
        "queues": queues(visit.connection),
        "workers": errands.workers(visit.connection),
        "inbox": arrivals(visit.connection, visit.now),
        "last_change": last_change(visit.connection),
        "tones": TONES,
        "span": span_text,
        "tally": tally,
        "state_word": state_word,
        "system_word": system_word,
        "stream_word": stream_word,
        "door_word": door_word,
        "reason_word": reason_word,
        "arrival_word": arrival_word,
    }
    return Shown("care_status_now.html.jinja" if visit.part else "care_status.html.jinja", context)
