"""Versions of the format: which one is agreed on, and how they differ."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.sandbox.neighbours import INVOICES, Record
from tests.contract.sandbox.soap_messages import (
    client,
    contract,
    order,
)
from tests.contract.sandbox.soap_peer import FORMAT, Peer
from tests.contract.sandbox.soap_resident import Resident

PAYMENT = "Документ.ПБДСРасчетыСКонтрагентами"
CASH = "Документ.ПКОРасчетыСКонтрагентами"
SHIPMENT = "Документ.РеализацияТоваровУслуг"


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    """A peer of a sandbox of its own."""
    sandbox = Resident(tmp_path)
    found = Peer(sandbox.about)
    yield found
    found.close()
    sandbox.stop()


def invoices(peer: Peer) -> list[Record]:
    return peer.base.rows(INVOICES)


@pytest.mark.parametrize("version", ["1.8", "1.21"])
def test_everything_the_base_sends_is_valid_in_either_version(peer: Peer, version: str) -> None:
    peer.hands.ask("POST", "enterprise-data/settings", versions=[version])
    invoice = peer.base.posted()
    for wish in ({"share": "0.2"}, {"share": "0.2", "cash": True}):
        peer.hands.pay(invoice, **wish)
    peer.hands.ship(invoice)
    message = peer.get()
    assert message.documents() == [SHIPMENT, PAYMENT, CASH]
    assert peer.hands.ask("GET", "enterprise-data")["protocol"] == []


def test_before_the_peers_first_message_the_lowest_version_is_written(peer: Peer) -> None:
    assert peer.get().header("Format") == f"{FORMAT}/1.8"


@pytest.mark.parametrize(
    ("base", "ours", "agreed"),
    [
        (["1.8", "1.21"], ["1.8", "1.21"], "1.21"),
        (["1.8", "1.21"], ["1.6", "1.7", "1.8"], "1.8"),
        (["1.8"], ["1.8", "1.21"], "1.8"),
    ],
)
def test_the_highest_common_version_is_agreed_on(
    peer: Peer, base: list[str], ours: list[str], agreed: str
) -> None:
    peer.hands.ask("POST", "enterprise-data/settings", versions=base)
    peer.version = agreed
    peer.put(versions=ours)
    message = peer.get()
    assert message.header("Format") == f"{FORMAT}/{agreed}"
    assert message.body.tag == f"{{{FORMAT}/{agreed}}}Body"
    (shown,) = peer.hands.ask("GET", "enterprise-data")["peers"]
    assert shown["version"] == agreed


def test_version_1_8_names_rates_and_knows_none_of_22_percent(peer: Peer) -> None:
    peer.version = "1.8"
    old = order(rate="<СтавкаНДС>НДС20</СтавкаНДС>", comment="<Комментарий>[hub]</Комментарий>")
    services = "<ДанныеНоменклатуры><Номенклатура>"
    head, tail = old.split("<Услуги>")
    tail = tail.replace("<Номенклатура>", services).replace(
        "</Номенклатура>", "</Номенклатура></ДанныеНоменклатуры>"
    )
    peer.put(client(), contract(), f"{head}<Услуги>{tail}", versions=["1.8"])
    (invoice,) = invoices(peer)
    assert [row["СтавкаНДС"] for row in invoice["Товары"]] == ["НДС20", "НДС20"]
    assert invoice["Комментарий"] == "[hub]"
    peer.get()
    peer.put(versions=["1.8"])
    peer.hands.pay(invoice, share="0.5", date="2025-12-30")
    rate = "РасшифровкаПлатежа/Строка/СтавкаНДС"
    message = peer.get()
    assert message.find(PAYMENT, rate) == ["НДС20"]
    peer.put(versions=["1.8"])
    peer.hands.pay(invoice, date="2026-11-20")
    message = peer.get()
    assert (message.names(), message.find(PAYMENT, rate)) == ([PAYMENT], [])


def test_kinds_that_the_peer_does_not_take_are_not_sent(peer: Peer) -> None:
    kinds = (
        "<msg:AvailableObjectTypes><msg:ObjectType><msg:Name>Справочник.Валюты</msg:Name>"
        "<msg:Sending/><msg:Receiving>1.8,1.21</msg:Receiving></msg:ObjectType>"
        "</msg:AvailableObjectTypes>"
    )
    peer.put(more=kinds)
    assert set(peer.get().names()) == {"Справочник.Валюты"}
