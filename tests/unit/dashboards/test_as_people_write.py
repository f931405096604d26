"""Numbers and days as people write them, in Russian and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from provodka.dashboards.rendering.formatting import day_text, instant_text, number_text
from provodka.dashboards.web.pages.plans import amount_of
from provodka.foundation.i18n import speaking

AT = datetime(2026, 11, 2, 14, 5, tzinfo=UTC)


def test_a_number_has_the_separators_of_its_readers_language() -> None:
    with speaking("ru"):
        assert number_text(Decimal("-1234567.5"), 2) == "\u22121\u202f234\u202f567,50"
    with speaking("en"):
        assert number_text(Decimal("-1234567.5"), 2) == "\u22121,234,567.50"


def test_a_day_cannot_be_taken_for_another_in_either_language() -> None:
    with speaking("ru"):
        assert (day_text(date(2026, 11, 2)), instant_text(AT, UTC)) == (
            "02.11.2026",
            "02.11.2026 14:05",
        )
    with speaking("en"):
        assert (day_text(date(2026, 11, 2)), instant_text(AT, UTC)) == (
            "2026-11-02",
            "2026-11-02 14:05",
        )


def test_a_sum_in_a_plan_is_read_back_as_its_page_has_written_it() -> None:
    for lang in ("ru", "en"):
        with speaking(lang):
            assert amount_of(number_text(Decimal("1500000.50"), 2), "план") == Decimal("1500000.5")
