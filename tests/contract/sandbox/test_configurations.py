"""Bases of other configurations: enough of УТ 11 and УНФ to be told apart and read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from tests.contract.sandbox.conftest import Starter
from tests.contract.sandbox.neighbours import INVOICES, Base, Hands

EDM = "{http://schemas.microsoft.com/ado/2009/11/edm}"
RECORDED = Path(__file__).parents[2] / "data" / "onec" / "metadata_trade_8.5.xml"
ORDERS = {
    "ut11": ("Document_ЗаказКлиента", "Товары"),
    "unf": ("Document_ЗаказПокупателя", "Запасы"),
}


@pytest.fixture(params=list(ORDERS))
def other(request: pytest.FixtureRequest, start: Starter, tmp_path: Path) -> Iterator[Base]:
    process = start(tmp_path, "--configuration", request.param, "--no-pbx")
    base = Base(process.about)
    with closing(base.http):
        yield base


@pytest.fixture
def trade(start: Starter, tmp_path: Path) -> Iterator[Base]:
    process = start(tmp_path, "--configuration", "ut11", "--no-pbx")
    base = Base(process.about)
    with closing(base.http):
        yield base


def properties(root: Element, kind: str) -> dict[str, dict[str, str]]:
    """Properties and their types by the name of the type."""
    return {
        str(item.get("Name")): {
            str(prop.get("Name")): str(prop.get("Type")) for prop in item.iter(f"{EDM}Property")
        }
        for item in root.iter(f"{EDM}{kind}")
    }


def test_a_configuration_is_told_by_its_documents(other: Base) -> None:
    names = {row["name"] for row in other.rows("")}
    order, section = ORDERS[other.about["configuration"]]
    assert {order, f"{order}_{section}", "Catalog_Контрагенты"} <= names
    assert INVOICES not in names
    assert "AccountingRegister_Хозрасчетный" not in names
    assert set(names) == {
        str(item.get("Name"))
        for item in fromstring(other.get("$metadata").content).iter(f"{EDM}EntitySet")
    }


def test_clients_products_and_orders_refer_to_each_other(other: Base) -> None:
    order, section = ORDERS[other.about["configuration"]]
    documents = other.rows(order)
    parties = {row["Ref_Key"]: row for row in other.rows("Catalog_Контрагенты")}
    items = {row["Ref_Key"] for row in other.rows("Catalog_Номенклатура")}
    assert len(documents) == 12
    for document in documents:
        assert parties[document["Контрагент_Key"]]["Description"]
        assert {row["Номенклатура_Key"] for row in document[section]} <= items
        total = sum(row["Сумма"] for row in document[section])
        assert document["СуммаДокумента"] == total > 0


def test_documents_can_be_written_and_posted(other: Base) -> None:
    order, _ = ORDERS[other.about["configuration"]]
    body = {"Date": "2026-11-20T10:00:00", "Комментарий": "[метка]"}
    created = other.http.post(order, json=body)
    assert created.status_code == 201
    path = f"{order}(guid'{created.json()['Ref_Key']}')"
    assert other.http.post(f"{path}/Post").status_code == 200
    assert other.get(path).json()["Posted"] is True


def test_what_belongs_to_accounting_is_refused(other: Base) -> None:
    hands = Hands(other.about)
    with closing(hands.http):
        assert hands.http.post("bulk", json={"invoices": 1}).status_code == 422
        assert hands.http.post("accountant/pay", json={"invoice": "1"}).status_code == 422
        assert hands.ask("POST", "accountant/work") == {"done": []}


def test_a_base_stays_what_it_was_founded_as(start: Starter, tmp_path: Path) -> None:
    start(tmp_path, "--configuration", "unf", "--no-pbx").stop()
    again = start(tmp_path, "--configuration", "bp30", "--no-pbx")
    assert again.about["configuration"] == "unf"


def test_the_trade_base_describes_itself_as_the_recorded_one(trade: Base) -> None:
    recorded = fromstring(RECORDED.read_bytes())
    ours = fromstring(trade.get("$metadata").content)
    for kind in ("EntityType", "ComplexType"):
        own, theirs = properties(ours, kind), properties(recorded, kind)
        shared = [name for name in theirs if name.startswith(("Catalog", "Document", "Accum"))]
        assert shared
        for name in shared:
            assert own[name] == theirs[name], name
    imports = [
        {(item.get("Name"), item.get("ReturnType")) for item in root.iter(f"{EDM}FunctionImport")}
        for root in (recorded, ours)
    ]
    assert imports[0] <= imports[1]
