"""Balances that must hold in a report: each becomes a `Check` that says what was found."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from provodka.dashboards.rendering.formatting import part_text
from provodka.dashboards.results import Check
from provodka.foundation.i18n import _

__all__ = ["agree", "nothing"]


def agree(name: str, left: int | Decimal, right: int | Decimal) -> Check:
    """Both sides, counted apart, are one number."""
    if left == right:
        return Check(name, True, _("сходится: {number}").format(number=part_text(left)))
    told = [part_text(left), part_text(right)]
    if told[0] == told[1]:
        # They differ by less than a kopeck.
        told = [str(left), str(right)]
    return Check(
        name, False, _("не сходится: {left} и {right}").format(left=told[0], right=told[1])
    )


def nothing(name: str, failing: Iterable[str]) -> Check:
    """Nothing fails; else a few of what does."""
    found = sorted(set(failing))
    if not found:
        return Check(name, True, _("сходится"))
    where = ", ".join(found[:5]) + (" …" if len(found) > 5 else "")
    return Check(name, False, _("не сходится: {where}").format(where=where))
