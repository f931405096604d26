"""Whose is which entry of a message, and who goes first."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from provodka.connectors.onec.odata.atom import Changed, Deleted, Unreadable
from provodka.flows.onec.following.sorting import in_order, sorted_part
from provodka.mappings.catalog import load_mappings

KEY = "00000000-0000-4000-8000-000000000001"
CLIENTS = "Catalog_Контрагенты"
BP30 = {name: one for name, one in load_mappings().items() if one.reads}


def test_parents_come_before_children_whatever_the_order_they_are_given_in() -> None:
    for given in (BP30.values(), reversed(list(BP30.values()))):
        order = [mapping.name for mapping in in_order(given)]
        assert sorted(order) == sorted(BP30)
        for child, parent in (
            ("contract", "client"),
            ("contract", "organization"),
            ("invoice", "contract"),
            ("invoice", "product"),
            ("payment_bank", "invoice"),
            ("shipment", "invoice"),
        ):
            assert order.index(parent) < order.index(child)


def test_mappings_that_refer_in_a_circle_keep_the_order_they_have() -> None:
    client, contract = BP30["client"], BP30["contract"]
    [reference] = [pair for pair in contract.pairs if pair.argument == "client"]
    circle = replace(client, pairs=(*client.pairs, replace(reference, argument="contract")))
    assert in_order([contract, circle]) == [contract, circle]


def test_a_mapping_that_refers_to_its_own_kind_is_no_circle() -> None:
    client = BP30["client"]
    [reference] = [pair for pair in BP30["contract"].pairs if pair.argument == "client"]
    own = replace(client, pairs=(*client.pairs, reference))
    assert in_order([BP30["contract"], own]) == [own, BP30["contract"]]


def test_entries_are_parted_by_what_is_to_be_done_with_them() -> None:
    row = {"Ref_Key": KEY}
    part = sorted_part(
        [
            Changed(CLIENTS, row),
            Deleted(CLIENTS, KEY[:-1] + "2"),
            Unreadable(CLIENTS, KEY[:-1] + "3", "why"),
            Changed("Catalog_Валюты", row),
            Deleted("InformationRegister_Цены", "Период=1"),
            Unreadable("Catalog_Валюты", KEY[:-1] + "4", "why"),
        ],
        {CLIENTS: None},
    )
    assert part.rows == {CLIENTS: [row]}
    assert part.gone == {CLIENTS: [KEY[:-1] + "2"]}
    assert part.odd == [Unreadable(CLIENTS, KEY[:-1] + "3", "why")]
    assert part.foreign == Counter({"Catalog_Валюты": 2, "InformationRegister_Цены": 1})


def test_what_names_no_set_or_no_object_is_odd_and_never_passed_over() -> None:
    found = sorted_part(
        [
            Unreadable("", "?", "no set"),
            Changed(CLIENTS, {}),
            Changed(CLIENTS, {"Ref_Key": ["x"]}),
            Changed(CLIENTS, {"Ref_Key": "short"}),
            Deleted(CLIENTS, "Код='1'"),
        ],
        {CLIENTS: None},
    )
    assert len(found.odd) == 5
    assert not found.rows
    assert not found.gone
