"""A hub that keeps so many months of history: what goes is archived, and told of."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from provodka.connectors.crm_store import cursors, journal
from provodka.connectors.crm_store.partitions import keep_months
from provodka.connectors.crm_store.retention import Held
from provodka.connectors.crm_store.tables import metadata
from provodka.dashboards.insight import earlier
from provodka.dashboards.insight.held_months import held_months
from provodka.dashboards.insight.trace import trace
from provodka.dashboards.insight.versions import history
from provodka.flows.hub import Hub
from provodka.flows.insight.readers import READERS
from provodka.flows.insight.status import status
from provodka.flows.journal_months import tend_journal
from provodka.flows.settings import Journal
from provodka.foundation.identifiers import uuid7

PRODUCT = metadata.tables["crm.product"]
ERRAND = text("""
    INSERT INTO hub.outbox (key, target, operation, kind, document, state, cause)
    VALUES ('k', 'mail', 'letter.send', 'message', gen_random_uuid(), 'waiting', :cause)
""")


def keeping(hub: Hub, **said: int | bool) -> Hub:
    settings = hub.settings.model_copy(update={"journal": Journal(**said)})
    return replace(hub, settings=settings)


def product_of_long_ago(store: Engine) -> UUID:
    """A product that was made five months ago and renamed today; everybody has read of it."""
    key = uuid7()
    with store.begin() as connection:
        connection.execute(PRODUCT.insert().values(id=key, name="Чай"))
    with store.begin() as connection:
        connection.execute(text("UPDATE hub.delta SET at = at - interval '5 months'"))
    with store.begin() as connection:
        connection.execute(PRODUCT.update().values(name="Чай черный"))
    with store.begin() as connection:
        place = journal.latest(connection)
        assert place
        for stream in READERS:
            cursors.move(connection, stream, place.to_json())
    return key


def test_all_history_is_kept_unless_the_settings_say_otherwise(hub: Hub) -> None:
    key = product_of_long_ago(hub.engine)
    assert tend_journal(hub) == Counter(months_made=1)
    assert tend_journal(hub) == Counter()
    with hub.engine.connect() as connection:
        found = history(connection, "product", str(key))
    assert ([one.op for one in found.versions], found.earlier) == (["insert", "update"], ())


@pytest.mark.parametrize("archive", [True, False])
def test_history_and_trace_say_where_the_beginning_has_gone(hub: Hub, *, archive: bool) -> None:
    key = product_of_long_ago(hub.engine)
    made = tend_journal(keeping(hub, keep_months=2, archive=archive))
    assert made == Counter(months_made=1, months_dropped=1, changes_dropped=1)
    with hub.engine.connect() as connection:
        found = history(connection, "product", str(key))
        followed = trace(connection, str(key))
    assert [one.op for one in found.versions] == ["update"]
    assert followed.earlier == found.earlier
    [month] = found.earlier
    said = earlier.told(found.earlier)
    if archive:
        file = hub.home / "journal" / f"{month.month:%Y-%m}.csv.gz"
        assert file.is_file()
        assert str(file) in said
    else:
        assert "архива нет" in said
    assert f"{month.month:%m.%Y}" in said
    assert f"{month.dropped_at:%d.%m.%Y}" in said


def test_status_tells_of_months_that_should_have_gone_and_who_holds_them(hub: Hub) -> None:
    product_of_long_ago(hub.engine)
    keep_months(hub.engine)
    with hub.engine.begin() as connection:
        connection.execute(text("DELETE FROM hub.cursor WHERE stream = 'triggers'"))
        [(number,)] = connection.execute(text("SELECT min(id) FROM hub.delta"))
        connection.execute(ERRAND, {"cause": number})
    frugal = keeping(hub, keep_months=2)
    tend_journal(frugal)
    said = status(frugal).journal_held
    assert said
    assert said.held == Held(("triggers",), errands=1)
    told = held_months(said)
    assert f"не уходят 1 мес., начиная с {said.oldest:%Y-%m}" in told
    assert "еще не прочитали правила; по его изменениям не доставлено исходящих: 1" in told
    assert status(hub).journal_held is None


def test_a_document_whose_history_is_whole_has_no_archive_to_be_sent_to(hub: Hub) -> None:
    product_of_long_ago(hub.engine)
    tend_journal(keeping(hub, keep_months=2))
    key = uuid7()
    with hub.engine.begin() as connection:
        connection.execute(PRODUCT.insert().values(id=key, name="Кофе"))
    with hub.engine.connect() as connection:
        assert history(connection, "product", str(key)).earlier == ()


def test_a_month_that_somebody_still_has_to_read_stays(hub: Hub) -> None:
    product_of_long_ago(hub.engine)
    with hub.engine.begin() as connection:
        cursors.forget(connection, "triggers")
    assert tend_journal(keeping(hub, keep_months=2)) == Counter(months_made=1)
