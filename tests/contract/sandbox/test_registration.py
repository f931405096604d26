"""Who must hear of which change: the registration behind every exchange."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provodka.sandbox.onec.registration import ODATA_PLAN, UNIVERSAL_PLAN, Node, Registration
from provodka.sandbox.storage.database import Database

DOCUMENT = "Document_СчетНаОплатуПокупателю"
REGISTER = "AccumulationRegister_ОплатаСчетов"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(tmp_path / "base.sqlite3")
    yield found
    found.close()


@pytest.fixture
def changes(database: Database) -> Registration:
    return Registration(database)


@pytest.fixture
def hub(changes: Registration) -> Node:
    changes.add_node(ODATA_PLAN, "БП", "Бухгалтерия", this_node=True)
    return changes.add_node(ODATA_PLAN, "CRM", "Обмен с CRM")


def keys(changes: Registration, node: Node, message: int) -> list[str]:
    return [item.key for item in changes.changes_for(node.plan, node.ref, message)]


def test_a_change_is_told_to_every_node_but_the_base_and_its_sender(
    changes: Registration, hub: Node
) -> None:
    other = changes.add_node(ODATA_PLAN, "ЗУП", "Зарплата")
    changes.register(DOCUMENT, "a", deleted=False)
    changes.register(DOCUMENT, "b", deleted=False, origin_node=hub.ref)
    assert keys(changes, hub, 1) == ["a"]
    assert keys(changes, other, 1) == ["a", "b"]
    assert [changes.waiting(ODATA_PLAN, node.ref) for node in changes.nodes(ODATA_PLAN)] == [
        0,
        1,
        2,
    ]


def test_what_was_not_confirmed_comes_again_under_the_number_it_had(
    changes: Registration, hub: Node
) -> None:
    changes.register(DOCUMENT, "a", deleted=False)
    changes.changes_for(ODATA_PLAN, hub.ref, 1)
    changes.register(DOCUMENT, "b", deleted=False)
    again = changes.changes_for(ODATA_PLAN, hub.ref, 2)
    assert [(item.key, item.message_no) for item in again] == [("a", 1), ("b", 2)]


def test_a_confirmation_forgets_the_whole_message_and_those_before_it(
    changes: Registration, hub: Node
) -> None:
    for message, key in enumerate("abc", 1):
        changes.register(DOCUMENT, key, deleted=False)
        changes.changes_for(ODATA_PLAN, hub.ref, message)
    assert changes.confirm(ODATA_PLAN, hub.ref, 2) == 2
    assert keys(changes, hub, 3) == ["c"]
    known = changes.node(ODATA_PLAN, "crm")
    assert known is not None
    assert (known.sent_no, known.received_no) == (3, 2)


def test_a_change_between_selecting_and_confirming_is_not_lost(
    changes: Registration, hub: Node
) -> None:
    changes.register(DOCUMENT, "a", deleted=False)
    changes.changes_for(ODATA_PLAN, hub.ref, 1)
    changes.register(DOCUMENT, "a", deleted=True)
    assert changes.confirm(ODATA_PLAN, hub.ref, 1) == 0
    (left,) = changes.changes_for(ODATA_PLAN, hub.ref, 2)
    assert (left.key, left.deleted, left.message_no) == ("a", True, 2)


def test_the_universal_format_carries_no_registers(changes: Registration) -> None:
    node = changes.add_node(UNIVERSAL_PLAN, "CRM", "CRM")
    changes.register(REGISTER, "a|b", deleted=False)
    changes.register(DOCUMENT, "a", deleted=False)
    assert keys(changes, node, 1) == ["a"]


def test_registrations_outlive_the_process(
    changes: Registration, hub: Node, tmp_path: Path
) -> None:
    changes.register(DOCUMENT, "a", deleted=False)
    second = Database(tmp_path / "base.sqlite3")
    assert keys(Registration(second), hub, 1) == ["a"]
    second.close()


def test_a_node_keeps_its_reference_however_often_it_is_added(
    changes: Registration, hub: Node
) -> None:
    assert changes.add_node(ODATA_PLAN, "CRM", "иначе") == hub
