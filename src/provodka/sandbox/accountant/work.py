"""A pass of the accountant over the open invoices: all at once, or as life has it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from provodka.sandbox.accountant.acts import Accountant, Done
from provodka.sandbox.onec.values import Record

MODES = ("full", "mixed")
_HABITS: tuple[tuple[str, ...], ...] = (
    ("pay", "ship"),
    ("ship", "pay"),
    ("part pay", "ship", "pay"),
    ("pay", "part ship", "ship"),
    ("part pay",),
    ("part ship", "pay"),
    ("late pay", "ship"),
    ("ship", "late pay"),
    ("pay",),
    ("ship",),
    (),
)


def work(
    accountant: Accountant, mode: str, seed: int, today: str, limit: int | None = None
) -> list[Done]:
    """One pass; `today` (ISO date) is the day of the latest acts.

    `full` pays and ships everything that is open. `mixed` chooses a habit per invoice: in part,
    late, in either order, not at all; a later pass with another seed goes on from there.
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}")
    done: list[Done] = []
    for invoice in accountant.invoices.posted():
        if limit is not None and len(done) >= limit:
            break
        if accountant.invoices.is_open(invoice):
            acts = _settle if mode == "full" else _live
            done.extend(acts(accountant, invoice, seed, today))
    return done


def _settle(accountant: Accountant, invoice: Record, _seed: int, today: str) -> Iterator[Done]:
    yield from _act(accountant, invoice, "pay", None, today)
    yield from _act(accountant, invoice, "ship", None, today)


def _live(accountant: Accountant, invoice: Record, seed: int, today: str) -> Iterator[Done]:
    choice = random.Random(f"{seed}/{invoice['Number']}/{invoice['Date']}")
    day = min(invoice["Date"][:10], today)
    for habit in choice.choice(_HABITS):
        *how, act = habit.split(" ")
        delay = choice.randint(15, 45) if "late" in how else choice.randint(0, 5)
        day = min(_later(day, delay), today)
        share = Decimal(choice.randint(3, 7)) / 10 if "part" in how else None
        yield from _act(accountant, invoice, act, share, day)


def _act(
    accountant: Accountant, invoice: Record, act: str, share: Decimal | None, day: str
) -> Iterator[Done]:
    if act == "pay" and accountant.invoices.unpaid(invoice) > 0:
        yield accountant.pay(invoice, share, day)
    elif act == "ship" and accountant.invoices.unshipped(invoice):
        yield accountant.ship(invoice, share, day)


def _later(day: str, days: int) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=days)).date().isoformat()
