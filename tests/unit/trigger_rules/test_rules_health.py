"""Failures in a row are counted for one version, and the tenth switches it off for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from provodka.trigger_rules.health import MOST_FAILURES, Health, after_failure

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
TROUBLE = {"code": "no_client_email"}


def failed(times: int, version: str = "one", known: Health | None = None) -> Health:
    """The health after so many failures, a minute apart."""
    for number in range(times):
        known = after_failure(known, version, TROUBLE, START + timedelta(minutes=number))
    assert known is not None
    return known


def test_the_tenth_failure_in_a_row_switches_the_version_off() -> None:
    assert failed(MOST_FAILURES - 1).disabled_at is None
    tenth = failed(MOST_FAILURES)
    assert tenth.disables("one")
    assert (tenth.since, tenth.disabled_at) == (START, START + timedelta(minutes=9))
    assert failed(3, known=tenth).disabled_at == tenth.disabled_at


def test_another_version_is_not_switched_off_and_begins_its_own_count() -> None:
    old = failed(MOST_FAILURES)
    assert not old.disables("two")
    new = failed(1, "two", old)
    assert (new.version, new.failures, new.disabled_at) == ("two", 1, None)
