"""When people are warned: limits, occurrences, and what counts as the same one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from provodka.flows.alerts.deciding import Alert, Limits, Seen, decide, news
from provodka.flows.alerts.telling import subject_of, text_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(("age", "warned"), [(HOUR, False), (HOUR + MOMENT, True)])
def test_a_stream_is_stale_only_beyond_its_limit(age: timedelta, warned: bool) -> None:
    seen = Seen(NOW, fresh={"accounting": NOW - age})
    found = decide(seen, Limits(freshness={"accounting": HOUR}))
    assert found == ((Alert("freshness", "accounting", age, HOUR),) if warned else ())


def test_a_stream_that_is_not_in_use_is_not_waited_for() -> None:
    assert decide(Seen(NOW), Limits(freshness={"accounting": HOUR})) == ()


@pytest.mark.parametrize(("aside", "read", "warned"), [(20, 100, 0), (21, 100, 1), (0, 0, 0)])
def test_the_share_set_aside_is_of_what_was_read(aside: int, read: int, warned: int) -> None:
    seen = Seen(NOW, shares={"catalogs": (aside, read)})
    assert len(decide(seen, Limits(set_aside_share=Decimal(20)))) == warned


@pytest.mark.parametrize(("waiting", "warned"), [(10, 0), (11, 1)])
def test_conflicts_may_wait_up_to_their_limit(waiting: int, warned: int) -> None:
    assert len(decide(Seen(NOW, conflicts=waiting), Limits(conflicts=10))) == warned


@pytest.mark.parametrize(("left", "warned"), [(0, 0), (3, 0), (4, 1)])
def test_a_sweep_may_leave_drift_up_to_its_limit(left: int, warned: int) -> None:
    seen = Seen(NOW, drift={"onec:client": left, "onec:invoice": 0})
    assert len(decide(seen, Limits(drift=3))) == warned


def test_a_letter_about_drift_names_the_stream_and_the_command() -> None:
    [alert] = decide(Seen(NOW, drift={"onec:client": 4}), Limits(drift=0))
    assert "«1С: клиент»" in subject_of([alert], "Ромашка")
    assert "provodka sweep onec:client" in text_of([alert])


def test_each_target_and_each_stream_has_an_age_of_its_own() -> None:
    seen = Seen(
        NOW,
        oldest_errand={"onec": NOW - 3 * HOUR, "mail": NOW},
        oldest_parked={"onec:payment_bank": NOW - 2 * HOUR, "onec:shipment": NOW},
    )
    found = decide(seen, Limits(outbox_age=HOUR, parked_age=HOUR))
    assert [(one.rule, one.subject, one.found) for one in found] == [
        ("outbox", "onec", 3 * HOUR),
        ("parked", "onec:payment_bank", 2 * HOUR),
    ]


def test_what_has_no_limit_is_not_watched() -> None:
    seen = Seen(
        NOW,
        fresh={"accounting": NOW - 1000 * HOUR},
        shares={"catalogs": (100, 100)},
        conflicts=1000,
        oldest_errand={"onec": NOW - 1000 * HOUR},
        oldest_parked={"onec:shipment": NOW - 1000 * HOUR},
        drift={"onec:client": 1000},
    )
    assert decide(seen, Limits()) == ()


def test_an_occurrence_that_goes_on_is_no_news_however_it_grows() -> None:
    told = news({("conflicts", "")}, [Alert("conflicts", "", 99, 10)])
    assert (told.begun, told.over) == ((), frozenset())


def test_what_has_passed_is_over_and_what_comes_back_begins_anew() -> None:
    one = Alert("outbox", "onec", 2 * HOUR, HOUR)
    assert news({one.name}, []).over == {one.name}
    assert news(set(), [one]).begun == (one,)


def test_a_letter_names_each_alert_its_limit_and_the_next_step() -> None:
    alerts = (
        Alert("freshness", "accounting", timedelta(hours=26), HOUR),
        Alert("conflicts", "", 11, 10),
    )
    text = text_of(alerts)
    assert "поток «accounting» не завершался удачно 1 д 2 ч" in text
    assert "Предел: 1 ч 0 мин" in text
    assert "provodka runs --stream accounting --failed" in text
    assert "решения человека ждут конфликты: 11" in text
    assert subject_of(alerts, "Ромашка").endswith("и еще 1")
