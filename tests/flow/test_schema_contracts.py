"""The base changes under the hub: each mapping's contract says what its stream does about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from tests.e2e.neighbours import CLIENTS, Neighbours
from tests.nursery import Nursery

from provodka.connectors.crm_store import base_schema, quarantine
from provodka.connectors.crm_store.tables.published import base_schema as table
from provodka.connectors.onec.odata.metadata import EntitySet, Metadata, Property
from provodka.flows.hub import Hub
from provodka.flows.onec.metadata.changed import accepted, changed
from provodka.flows.onec.metadata.shapes import digest_of, packed, shape_of, unpacked
from provodka.flows.onec.pulling import CATALOGS, pull_mappings
from provodka.flows.work import Rehearsal
from provodka.foundation.errors import ConfigurationError, SystemUnavailable
from provodka.foundation.identifiers import uuid7
from provodka.mappings.declaration import Contract

Alter = Callable[[EntitySet], EntitySet]


def without(field: str) -> Alter:
    """A set that no longer has the field."""
    return lambda one: replace(
        one, properties={name: kind for name, kind in one.properties.items() if name != field}
    )


def resized(field: str, length: int) -> Alter:
    """A set whose text field has got a length."""
    sized = Property(field, "Edm.String", max_length=length)
    return lambda one: replace(one, properties={**one.properties, field: sized})


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, sandboxes: Nursery) -> Iterator[Neighbours]:
    """One for all: what tests change in it, they change to something new."""
    with sandboxes.sandbox(tmp_path_factory.mktemp("sandbox")) as about:
        neighbours = Neighbours(about)
        yield neighbours
        neighbours.close()


@pytest.fixture
def name() -> str:
    """A name that no client has had."""
    return f"Клиент {uuid7()}"


@contextmanager
def altered(hub: Hub, entity: str, alter: Alter) -> Iterator[None]:
    """A release of the base with another set, until it is mended; the hub asks it anew."""
    base = hub.require_base()
    asked = base.metadata

    def metadata(**said: Any) -> Metadata:
        found = asked(**said)
        return replace(found, sets={**found.sets, entity: alter(found.sets[entity])})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "metadata", metadata)
        next_day(hub)
        yield
    next_day(hub)


def next_day(hub: Hub) -> None:
    hub.schema_watch.judged_at = None


def contract(hub: Hub, name: str, said: Contract) -> None:
    hub.mappings[name] = replace(hub.mappings[name], contract=said)


def pull(hub: Hub, *names: str) -> dict[str, int]:
    return dict(pull_mappings(hub, hub.engine, names or CATALOGS))


def client(sandbox: Neighbours) -> dict[str, Any]:
    return next(row for row in sandbox.rows(CLIENTS, "IsFolder eq false") if row["КПП"])


def ours(hub: Hub, row: dict[str, Any]) -> Any:
    query = text(
        "SELECT c.name, c.kpp FROM crm.client c JOIN hub.binding b ON b.document = c.id"
        " WHERE b.external_key = :key"
    )
    with hub.engine.connect() as connection:
        return tuple(connection.execute(query, {"key": row["Ref_Key"]}).one())


def states(hub: Hub) -> list[tuple[str, str | None]]:
    with hub.engine.connect() as connection:
        rows = connection.execute(select(table.c.digest, table.c.agreed_by).order_by(table.c.id))
        return [(row.digest, row.agreed_by) for row in rows]


def test_what_a_base_publishes_is_kept_small_and_by_its_content(hub: Hub) -> None:
    metadata = hub.require_base().metadata(now=hub.clock())
    shape = shape_of(metadata)
    assert unpacked(packed(shape)) == shape
    assert "КПП" in shape[CLIENTS][""]
    assert "Тип" in shape[CLIENTS]["КонтактнаяИнформация"]
    assert f"{CLIENTS}_КонтактнаяИнформация" not in shape
    turned = dict(reversed(list(shape.items())))
    assert digest_of(turned) == digest_of(shape)
    assert len(packed(shape)) < 20_000


def test_the_first_sight_of_a_base_is_agreed_and_an_unchanged_one_adds_nothing(hub: Hub) -> None:
    pull(hub)
    next_day(hub)
    pull(hub)
    assert [by for _digest, by in states(hub)] == ["hub"]


def test_a_run_asks_its_memory_and_not_the_base(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(hub)

    def asked_again(**_said: Any) -> Metadata:
        raise AssertionError("asked the base for its metadata again")

    monkeypatch.setattr(hub.base, "metadata", asked_again)
    pull(hub)


def test_a_frozen_mapping_stops_the_stream_and_says_what_changed(
    hub: Hub, sandbox: Neighbours, name: str
) -> None:
    pull(hub)
    row = client(sandbox)
    sandbox.patch(CLIENTS, row["Ref_Key"], Description=name)
    before = ours(hub, row)
    with altered(hub, CLIENTS, without("КПП")):
        with pytest.raises(ConfigurationError) as stopped:
            pull(hub)
        assert stopped.value.code == "schema_changed"
        assert "Catalog_Контрагенты.КПП: больше нет" in stopped.value.found
        assert "client.yaml" in stopped.value.where
        assert ours(hub, row) == before
        assert [by for _digest, by in states(hub)] == ["hub", None]
    assert pull(hub)["changed"] == 1
    assert ours(hub, row) == (name, row["КПП"])


def test_the_other_mappings_of_a_stopped_stream_are_read(
    hub: Hub, sandbox: Neighbours, name: str
) -> None:
    pull(hub)
    [product] = sandbox.rows("Catalog_Номенклатура", "IsFolder eq false")[:1]
    sandbox.patch("Catalog_Номенклатура", product["Ref_Key"], Description=name)
    with altered(hub, CLIENTS, without("КПП")), pytest.raises(ConfigurationError):
        pull(hub)
    with hub.engine.connect() as connection:
        query = text("SELECT 1 FROM crm.product WHERE name = :name")
        assert connection.execute(query, {"name": name}).first()


def test_documents_of_a_mapping_that_sets_aside_wait_with_the_reason_and_come_back(
    hub: Hub, sandbox: Neighbours, name: str
) -> None:
    contract(hub, "client", "set_aside")
    pull(hub)
    row = client(sandbox)
    sandbox.patch(CLIENTS, row["Ref_Key"], Description=name)
    with altered(hub, CLIENTS, without("КПП")):
        counts = pull(hub)
        assert (counts["set_aside"], counts.get("changed", 0)) == (1, 0)
        with hub.engine.connect() as connection:
            [held] = quarantine.listed(connection, stream="onec:client")
        assert (held["code"], held["external_key"]) == ("schema_changed", row["Ref_Key"])
        assert "КПП: больше нет" in held["found"]
        assert held["payload"]["Description"] == name
    assert pull(hub)["changed"] == 1
    with hub.engine.connect() as connection:
        assert quarantine.count_open(connection) == 0
    assert ours(hub, row) == (name, row["КПП"])


def test_nothing_is_set_aside_before_the_set_has_been_read_whole_once(hub: Hub) -> None:
    contract(hub, "client", "set_aside")
    with altered(hub, CLIENTS, without("КПП")):
        with pytest.raises(ConfigurationError):
            pull(hub)
        with hub.engine.connect() as connection:
            assert quarantine.count_open(connection) == 0


def test_an_evolving_mapping_reads_on_without_the_field_and_keeps_what_it_had(
    hub: Hub, sandbox: Neighbours, name: str
) -> None:
    contract(hub, "client", "evolve")
    pull(hub)
    row = client(sandbox)
    kpp = "770101002" if row["КПП"] != "770101002" else "770101003"
    with altered(hub, CLIENTS, without("КПП")):
        sandbox.patch(CLIENTS, row["Ref_Key"], Description=name, КПП=kpp)
        pull(hub)
        assert ours(hub, row) == (name, row["КПП"])
        assert [by for _digest, by in states(hub)] == ["hub", "hub"]
    pull(hub)
    assert ours(hub, row) == (name, kpp)


def test_a_field_of_another_type_waits_until_a_person_accepts_it(
    hub: Hub, sandbox: Neighbours
) -> None:
    pull(hub)
    with altered(hub, "Catalog_Организации", resized("ИНН", 12)):
        with pytest.raises(ConfigurationError) as stopped:
            pull(hub)
        assert "тип был Edm.String, стал Edm.String(12)" in stopped.value.found
        assert "onec changes --accept" in stopped.value.next_step
        found = changed(hub)
        assert (found.waiting, list(found.touched or {})) == (True, ["organization"])
        assert accepted(hub)
        assert not accepted(hub)
        pull(hub)
        assert states(hub)[-1][1] == "person:cli"


def test_what_touches_no_mapping_is_agreed_by_itself(hub: Hub) -> None:
    pull(hub)
    with altered(hub, CLIENTS, without("ДополнительнаяИнформация")):
        pull(hub)
        found = changed(hub)
    assert [one.field for one in found.changes] == ["ДополнительнаяИнформация"]
    assert (found.touched, found.waiting) == ({}, False)


def test_a_refusal_of_the_base_is_explained_at_once_by_what_changed_in_it(
    hub: Hub, sandbox: Neighbours
) -> None:
    pull(hub)
    sandbox.switch(unpublished=[CLIENTS])
    try:
        with pytest.raises(ConfigurationError) as stopped:
            pull(hub)
    finally:
        sandbox.switch(unpublished=[])
    assert stopped.value.code == "schema_changed"
    assert "набор Catalog_Контрагенты: больше нет" in stopped.value.found
    assert "client.yaml" in stopped.value.where
    assert pull(hub)["same"] > 0


def test_a_large_base_that_is_still_wrong_is_not_asked_with_every_run(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(hub)
    asked: list[timedelta] = []
    base = hub.require_base()
    metadata = base.metadata
    with altered(hub, CLIENTS, without("КПП")):
        changed_metadata = base.metadata

        def counted(**said: Any) -> Metadata:
            asked.append(said["max_age"])
            return changed_metadata(**said)

        monkeypatch.setattr(base, "metadata", counted)
        for _run in range(2):
            with pytest.raises(ConfigurationError):
                pull(hub)
            hub.schema_watch.cost = timedelta(seconds=23)
    monkeypatch.setattr(base, "metadata", metadata)
    assert asked.count(timedelta()) == 1


def test_a_rehearsal_remembers_nothing(hub: Hub) -> None:
    with Rehearsal.on(hub.engine) as work:
        pull_mappings(hub, work, CATALOGS)
    assert states(hub) == []
    assert hub.schema_watch.judged_at is None


def test_a_base_that_hides_its_metadata_is_read_all_the_same(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(hub)
    next_day(hub)

    def hidden(**_said: Any) -> Metadata:
        raise SystemUnavailable("1С", found="ответ оборвался", code="senseless_answer")

    monkeypatch.setattr(hub.base, "metadata", hidden)
    assert pull(hub)["same"] > 0


def test_history_tells_the_newest_first(hub: Hub) -> None:
    pull(hub)
    with altered(hub, CLIENTS, without("ДополнительнаяИнформация")):
        pull(hub)
    with hub.engine.connect() as connection:
        newest, older = base_schema.history(connection, "onec")
        assert newest.first_seen >= older.first_seen
        assert newest.configuration == "bp30"
        assert base_schema.latest(connection, "onec") == newest
