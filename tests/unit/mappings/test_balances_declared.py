"""Files of balances: every set's own, overlays, mistakes at their lines, the base's description."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provodka.connectors.onec.odata.metadata_reader import parse_metadata
from provodka.flows.onec.balances.asking import beneath
from provodka.flows.onec.balances.checking import BaseTables
from provodka.foundation.errors import ConfigurationError
from provodka.mappings.balances.catalog import load_balances
from provodka.mappings.balances.checking import check_balance
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.catalog import SETS, set_folder
from provodka.mappings.published import FieldInfo, Fields

DATA = Path(__file__).parents[2] / "data" / "onec"
TRADE = BaseTables(parse_metadata((DATA / "metadata_trade_8.5.xml").read_bytes()))
BP30 = load_balances(set_folder("bp30"))
SETTLEMENTS = BP30["settlements"]
STOCK_FILE = """\
kind: stock_balance
register: AccumulationRegister_Товары
fields:
  - {ours: product_id, theirs: Номенклатура_Key, as: reference product, required: true}
  - {ours: quantity, theirs: Количество, as: balance}
"""


def folder(tmp_path: Path, **files: str) -> Path:
    inner = tmp_path / "mine" / "balances"
    inner.mkdir(parents=True)
    for name, said in files.items():
        (inner / f"{name}.yaml").write_text(said, encoding="utf-8")
    return inner.parent


def mistakes(path: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        load_balances(path)
    errors = [caught.value, *caught.value.others]
    return [(one.place.line if one.place else 0, one.found, one.expected) for one in errors]


@dataclass
class Described:
    """A base as it describes itself; by default it has all that the declaration names."""

    one: Balance
    sets: dict[str, Fields] = field(default_factory=dict)
    table: Fields = field(default_factory=dict)
    has: dict[str, Fields] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [self.one.register, self.one.chart, *(one.of for one in self.one.dimensions)]
        named += ["Catalog_Валюты"]
        text = FieldInfo("Edm.String")
        self.sets = {name: {"Code": text, "Description": text} for name in named if name}
        self.table = {name: FieldInfo(_typed(name)) for name in self.one.select}
        self.has = {"Balance": self.table, "Turnovers": {}}

    def entities(self) -> set[str]:
        return set(self.sets)

    def fields(self, entity: str) -> Fields | None:
        return self.sets.get(entity)

    def tables(self, entity: str) -> dict[str, Fields]:
        return self.has if entity == self.one.register else {}

    def sections(self, entity: str) -> dict[str, Fields]:
        return {entity: {}}

    def enum_values(self, type: str) -> list[str]:
        return [type]

    def target(self, entity: str, section: str, field: str) -> str:
        return f"{entity}/{section}/{field}"


def _typed(name: str) -> str:
    if name.endswith("_Key"):
        return "Edm.Guid"
    return "Edm.Double" if "Balance" in name else "Edm.String"


def only_miss(base: Described) -> ConfigurationError:
    found = check_balance(base.one, base)
    assert len(found) == 1, [str(one) for one in found]
    return found[0]


@pytest.mark.parametrize("name", SETS)
def test_each_set_says_which_balances_its_base_keeps(name: str) -> None:
    kept = {"bp30": 2, "unf": 2, "ut11": 1, "crm3": 0}
    found = load_balances(set_folder(name))
    assert len(found) == kept[name]
    assert all(one.kind in ("settlement_balance", "stock_balance") for one in found.values())


def test_stock_of_ut11_is_what_a_recorded_trade_base_describes() -> None:
    stock = load_balances(set_folder("ut11"))["stock"]
    found = check_balance(stock, TRADE)
    assert {one.code for one in found} == {"not_published"}
    assert all("Catalog_Склады" in one.found for one in found)


def test_a_folder_of_ones_own_has_the_balances_of_the_set_that_it_extends(tmp_path: Path) -> None:
    (tmp_path / "client.yaml").write_text("extends: unf\n", encoding="utf-8")
    found = load_balances(tmp_path)
    assert found["stock"].register == "AccumulationRegister_ЗапасыНаСкладах"


def test_an_overlay_says_only_what_differs(tmp_path: Path) -> None:
    said = 'extends: bp30\naccounts: ["62", "60"]\n'
    found = load_balances(folder(tmp_path, settlements=said))
    assert set(found) == {"settlements"}
    assert found["settlements"].accounts == ("62", "60")
    assert found["settlements"].version != SETTLEMENTS.version
    assert found["settlements"].columns == SETTLEMENTS.columns


def test_a_balance_can_be_left_out_or_written_whole(tmp_path: Path) -> None:
    path = folder(tmp_path, settlements="extends: bp30\ndrop: true\n", stock=STOCK_FILE)
    assert set(load_balances(path)) == {"stock"}


@pytest.mark.parametrize(
    ("changed", "to", "line", "said"),
    [
        ("AccumulationRegister_Товары", "Catalog_Товары", 2, "регистр бухгалтерии"),
        ("AccumulationRegister_Товары", "AccountingRegister_Х", 2, "accounts: коды"),
        ("stock_balance", "client", 1, "stock_balance"),
        ("ours: quantity", "ours: quantiti", 5, "quantity"),
        ("as: reference product", "as: reference client", 4, "reference product"),
        ("as: reference product", "as: name", 4, "of: имя набора"),
        ("as: reference product", "as: как-нибудь", 4, "book currency"),
        ("theirs: Номенклатура_Key", "theirs: ExtDimension, of: Catalog_Ш", 4, "slots"),
        ("as: balance", "as: balance, required: true", 5, "ours, theirs, as, foreign"),
    ],
)
def test_a_mistake_is_told_at_its_line(
    tmp_path: Path, changed: str, to: str, line: int, said: str
) -> None:
    wrong = STOCK_FILE.replace(changed, to)
    found = mistakes(folder(tmp_path, stock=wrong))
    assert any(at == line and said in expected for at, _found, expected in found), found


def test_a_column_that_must_be_filled_is_asked_for(tmp_path: Path) -> None:
    wrong = "\n".join(one for one in STOCK_FILE.splitlines() if "product_id" not in one)
    [(_line, found, expected)] = mistakes(folder(tmp_path, stock=wrong))
    assert ("product_id" in found, "ours: product_id" in expected) == (True, True)


def test_an_overlay_on_nothing_says_so(tmp_path: Path) -> None:
    path = folder(tmp_path, settlements="extends: crm3\nslots: 1\n", stock="extends: нет\n")
    told = [found for _line, found, _expected in mistakes(path)]
    assert ["нет остатков" in told[0], "набора «нет» нет" in told[1]] == [True, True]


@pytest.mark.parametrize("one", BP30.values(), ids=BP30)
def test_a_base_that_has_all_of_it_is_fit(one: Balance) -> None:
    assert [str(each) for each in check_balance(one, Described(one))] == []


def test_a_register_that_is_not_published_is_told_at_its_line() -> None:
    base = Described(SETTLEMENTS)
    del base.sets[SETTLEMENTS.register]
    error = only_miss(base)
    assert (error.code, error.place) == ("not_published", SETTLEMENTS.place)


def test_a_register_of_turnovers_has_no_balance() -> None:
    base = Described(SETTLEMENTS)
    del base.has["Balance"]
    assert (only_miss(base).code, only_miss(base).expected) == ("no_virtual_table", "Turnovers")


def test_a_resource_a_dimension_or_a_catalog_that_is_gone_is_told_with_the_nearest() -> None:
    base = Described(SETTLEMENTS)
    base.has["Balance"] = {
        name.replace("ВалютнаяСумма", "СуммаВалютная"): info for name, info in base.table.items()
    }
    assert {one.code for one in check_balance(SETTLEMENTS, base)} == {"no_field"}
    base = Described(SETTLEMENTS)
    base.has["Balance"] = {k: v for k, v in base.table.items() if k != "Account_Key"}
    assert only_miss(base).place == SETTLEMENTS.apart_place
    base = Described(SETTLEMENTS)
    del base.sets["Catalog_ДоговорыКонтрагентов"]
    assert only_miss(base).code == "not_published"


def test_a_sum_that_is_no_number_is_told() -> None:
    base = Described(SETTLEMENTS)
    base.has["Balance"] = {**base.table, "СуммаBalanceDr": FieldInfo("Edm.String")}
    assert {one.code for one in check_balance(SETTLEMENTS, base)} == {"wrong_type"}


def test_an_account_means_all_that_is_under_it_and_nothing_that_only_begins_alike() -> None:
    chart = ("62", "62.01", "62.ТАРА", "620", "76.05", "76.051")
    assert beneath(("62", "76.05"), chart) == ("62", "62.01", "62.ТАРА", "76.05")
