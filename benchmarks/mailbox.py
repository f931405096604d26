"""Seconds to synchronise a mailbox of 100,000 letters after 10 new ones came; a real Dovecot."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime

from tests.dovecot import Dovecot, running_dovecot

from benchmarks.lab import Lab
from benchmarks.letters import made, office
from benchmarks.measure import Benchmark, Measured
from provodka.flows.hub import Hub
from provodka.flows.mail.pulling import pull_mail

NEW = 10
RUNS = 3
BAR = 2.0
OLD = (
    b"From: buyer@company.example\r\nTo: sales@romashka.example\r\nMessage-ID: <%d@old.example>\r\n"
    b"Subject: Order %d\r\n\r\nTwenty bottles, please.\r\n"
)


def run(lab: Lab) -> Measured:
    """Fill the mailbox, connect it, and time readings after ten letters each came."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin:/usr/bin") or "dovecot"
    with running_dovecot(program, storage="mdbox") as server:
        server.fill(old(number) for number in range(lab.documents))
        box = {"host": "127.0.0.1", "port": server.port, "history_days": 0}
        with office(lab, box) as hub:
            connected = timed(hub)
            seconds = [after_new(hub, server, lab.documents + NEW * n) for n in range(RUNS)]
    value = sorted(seconds)[RUNS // 2]
    detail = {"letters": lab.documents, "runs": seconds, "first_reading_seconds": connected}
    return Measured(value, value < BAR, detail)


def old(number: int) -> bytes:
    """A short letter of years ago."""
    return OLD % (number, number)


def after_new(hub: Hub, server: Dovecot, number: int) -> float:
    """Deliver ten letters and read them."""
    for one in range(number, number + NEW):
        server.append(made(one, datetime.now(UTC)))
    began = time.perf_counter()
    counts = pull_mail(hub)
    seconds = time.perf_counter() - began
    assert counts["letters"] == NEW, counts
    return round(seconds, 3)


def timed(hub: Hub) -> float:
    """The first reading of all."""
    began = time.perf_counter()
    pull_mail(hub)
    return round(time.perf_counter() - began, 1)


benchmark = Benchmark("mailbox_sync", "s", f"< {BAR:g}", run)
