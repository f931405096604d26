"""Exchange plans: which changes the feed brings, how often, and in which form."""

from __future__ import annotations

import re
from itertools import count
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.exchange import ATOM, DATA, PLAN, TOMBSTONE, Hub
from tests.contract.sandbox.neighbours import INVOICES, SHIPMENTS, STATUSES, Base, Hands, address

RECORDED = Path(__file__).parents[2] / "data" / "onec" / "feeds"
_codes = count(1)


@pytest.fixture
def hub(base: Base, hands: Hands) -> Hub:
    code = f"УЗЕЛ-{next(_codes)}"
    hands.ask("POST", "exchange/nodes", code=code)
    return Hub(base, code)


def test_nodes_tell_their_numbers_and_which_of_them_is_the_base(base: Base, hub: Hub) -> None:
    own = [row for row in base.rows(PLAN) if row["ThisNode"]]
    assert len(own) == 1
    assert (hub.node["SentNo"], hub.node["ReceivedNo"]) == ("0", "0")
    assert hub.node["ThisNode"] is False


def test_a_node_is_read_by_its_key_and_not_made_over_odata(base: Base, hub: Hub) -> None:
    path = f"{PLAN}(guid'{hub.node['Ref_Key']}')"
    assert base.get(path).json() == hub.node
    assert base.http.post(PLAN, json={"Code": "НОВЫЙ"}).status_code == 501


def test_a_write_over_odata_is_told_to_the_node_of_its_writer_too(base: Base, hub: Hub) -> None:
    invoice = base.create()
    assert hub.select().addresses == [address(invoice)]


def test_a_posted_document_comes_with_its_registers(base: Base, hub: Hub, hands: Hands) -> None:
    invoice = base.posted()
    hub.catch_up()
    shipment = hands.ship(invoice)
    message = hub.select()
    key = f"(Recorder='{shipment['ref']}', Recorder_Type='StandardODATA.{SHIPMENTS}')"
    assert f"AccountingRegister_Хозрасчетный{key}" in message.addresses
    assert any(item.startswith(f"{STATUSES}(") for item in message.addresses)
    rows = message.properties(f"AccountingRegister_Хозрасчетный{key}").find(f"{DATA}RecordSet")
    assert rows is not None
    assert {row.findtext(f"{DATA}Recorder") for row in rows} == {shipment["ref"]}


def test_an_unposted_document_comes_with_an_empty_record_set(
    base: Base, hub: Hub, hands: Hands
) -> None:
    shipment = hands.ship(base.posted())
    hub.catch_up()
    hands.ask("POST", "accountant/unpost", document=SHIPMENTS, ref=shipment["ref"])
    key = f"(Recorder='{shipment['ref']}', Recorder_Type='StandardODATA.{SHIPMENTS}')"
    found = hub.select().properties(f"AccountingRegister_Хозрасчетный{key}")
    rows = found.find(f"{DATA}RecordSet")
    assert rows is not None
    assert len(rows) == 0


def test_what_is_not_confirmed_comes_again(base: Base, hub: Hub) -> None:
    first = base.create()
    assert hub.select().addresses == [address(first)]
    second = base.create()
    assert hub.select().addresses == [address(first), address(second)]
    hub.confirm()
    assert hub.select().addresses == []


def test_a_confirmation_moves_the_node_on(base: Base, hub: Hub) -> None:
    base.create()
    hub.select()
    assert (hub.node["SentNo"], hub.node["ReceivedNo"]) == ("1", "0")
    hub.confirm()
    assert (hub.node["SentNo"], hub.node["ReceivedNo"]) == ("1", "1")
    assert hub.node["ExchangeDate"] > "2026"


def test_a_change_between_selecting_and_confirming_is_not_lost(base: Base, hub: Hub) -> None:
    invoice, other = base.create(), base.create()
    hub.select()
    base.http.patch(address(invoice), json={"Комментарий": "позже"})
    hub.confirm()
    message = hub.select()
    assert message.addresses == [address(invoice)]
    assert message.properties(address(invoice)).findtext(f"{DATA}Комментарий") == "позже"
    assert address(other) not in message.addresses


def test_many_changes_of_one_object_come_as_its_last_state(base: Base, hub: Hub) -> None:
    invoice = base.create()
    for text in ("раз", "два"):
        base.http.patch(address(invoice), json={"Комментарий": text})
    message = hub.select()
    assert message.addresses == [address(invoice)]
    assert message.properties(address(invoice)).findtext(f"{DATA}Комментарий") == "два"


def test_a_deletion_mark_is_a_change_and_a_deletion_a_tombstone(base: Base, hub: Hub) -> None:
    marked, deleted = base.create(), base.create()
    hub.catch_up()
    base.http.patch(address(marked), json={"DeletionMark": True})
    base.http.delete(address(deleted))
    message = hub.select()
    assert message.addresses == [address(marked)]
    assert message.properties(address(marked)).findtext(f"{DATA}DeletionMark") == "true"
    assert message.tombstones == [address(deleted)]
    (stone,) = message.root.findall(TOMBSTONE)
    assert str(stone.get("when")).startswith("20")


def test_a_number_already_taken_brings_everything_that_is_registered(base: Base, hub: Hub) -> None:
    base.create()
    hub.catch_up()
    late = base.create()
    assert hub.select(1).addresses == [address(late)]


def test_the_feed_is_atom_even_if_json_is_asked_for(hub: Hub, base: Base) -> None:
    base.create()
    response = hub.ask("SelectChanges", 1)
    assert response.headers["content-type"] == "application/atom+xml;type=feed;charset=utf-8"


def test_hidden_sets_do_not_come(base: Base, hub: Hub, hands: Hands) -> None:
    hands.ask("POST", "published", **{INVOICES: False})
    hands.ask("POST", "published", **{INVOICES: True})
    base.create()
    hands.ask("POST", "published", **{INVOICES: False})
    assert hub.select().addresses == []


def test_a_base_may_have_no_plan_at_all(base: Base, hub: Hub, hands: Hands) -> None:
    point = f"'{base.about['onec_url']}{PLAN}(guid'{hub.node['Ref_Key']}')'"
    hands.ask("POST", "switches", exchange_plan=False)
    assert base.get(PLAN).status_code == 404
    assert PLAN not in {row["name"] for row in base.rows("")}
    assert PLAN.encode() not in base.get("$metadata").content
    assert base.error(hub.ask("SelectChanges", 1, point))[:2] == (404, "8")


def test_a_request_to_a_wrong_node_is_refused(base: Base, hub: Hub) -> None:
    own = next(row for row in base.rows(PLAN) if row["ThisNode"])
    nobody = "11111111-1111-1111-1111-111111111111"

    def status(point: str, number: object = 1) -> int:
        return hub.ask("SelectChanges", number, point).status_code

    assert status(f"'{PLAN}(guid'{own['Ref_Key']}')'") == 500
    assert status(f"'{PLAN}(guid'{nobody}')'") == 404
    assert status(f"'ExchangePlan_Нет(guid'{nobody}')'") == 404
    assert status("чепуха") == 404
    assert status("", "первое") == 400
    assert base.http.get("SelectChanges").status_code == 501


def test_the_feed_has_the_grammar_of_recorded_ones(base: Base, hub: Hub, hands: Hands) -> None:
    invoice = base.posted()
    hands.ship(invoice)
    row = {"LineNumber": "1", "Тип": "Телефон", "Представление": "+7 (900) 000-00-01"}
    client = base.create("Catalog_Контрагенты", Description="Клиент", КонтактнаяИнформация=[row])
    recorded = {
        rule
        for name in ("msg003_zakaz_klienta.xml", "msg004_kontragenti.xml")
        for rule in _grammar(fromstring((RECORDED / name).read_bytes()))
    }
    ours = hub.select()
    base.http.delete(address(client, "Catalog_Контрагенты"))
    assert _grammar(ours.root) == recorded


def test_entries_have_their_parts_in_the_recorded_order(base: Base, hub: Hub) -> None:
    recorded = fromstring((RECORDED / "msg003_zakaz_klienta.xml").read_bytes())
    created = base.create()
    ours = hub.select().entries[0]
    assert base.read(created)["Контрагент_Key"] == created["Контрагент_Key"]
    assert _order(ours) == _order(recorded.find(f"{ATOM}entry"))


def _grammar(root: Element) -> set[tuple[str, ...]]:
    """Which elements stand in which, with which attributes; names of the data do not count."""
    rules: set[tuple[str, ...]] = {("", _name(root), *sorted(root.attrib))}
    for parent in root.iter():
        for child in parent:
            values = [f"{key}={_value(key, value)}" for key, value in sorted(child.items())]
            if child.tag != f"{ATOM}updated":
                rules.add((_name(parent), _name(child), *values))
    return rules


def _name(item: Element) -> str:
    plain = item.tag.startswith(DATA) and item.tag != f"{DATA}element"
    return f"{DATA}property" if plain else item.tag


def _value(key: str, value: str) -> str:
    text = re.sub(r"StandardODATA\.\w+?(_RowType\b|$)", r"StandardODATA.X\1", value)
    if key == "title" and value != "edit-link":
        return "X"
    if key == "href":
        return re.sub(r"^\w+\(.*\)(/\w+)?$", lambda m: "X(key)" + ("/Y" if m[1] else ""), text)
    return re.sub(r"related/\w+$", "related/X", text)


def _order(entry: Element | None) -> list[str]:
    assert entry is not None
    return list(dict.fromkeys(item.tag for item in entry))
