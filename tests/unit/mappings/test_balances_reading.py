"""Rows of a balance into balances of ours: added up, told apart, waiting, or set aside."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provodka.mappings.balances.catalog import load_balances
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.balances.placing import BalanceReading
from provodka.mappings.balances.reading import read_balance, references
from provodka.mappings.catalog import set_folder

BP30, UNF = load_balances(set_folder("bp30")), load_balances(set_folder("unf"))
SETTLEMENTS, STOCK = BP30["settlements"], BP30["stock"]
EURO = "e0000000-0000-0000-0000-000000000978"
NOBODY = "00000000-0000-0000-0000-000000000000"
MAIN = "w0000000-0000-0000-0000-000000000001"
BOOKS = {"currency": {EURO: "EUR"}, "Catalog_Склады": {MAIN: "Основной"}}


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, name))


def ours(key: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"ours {key}")


KEYS = "Catalog_КлючиАналитикиУчетаПоПартнерам"
ANALYTICS = f"""\
kind: settlement_balance
register: AccumulationRegister_РасчетыСКлиентами
apart: [Ключ_Key]
fields:
  - ours: client_id
    theirs: Ключ_Key
    through: {KEYS}/Контрагент_Key
    as: reference client
    required: true
  - ours: organization_id
    theirs: Ключ_Key
    through: {KEYS}/Организация_Key
    as: reference organization
  - {{ours: currency, theirs: Валюта_Key, as: book currency, default: RUB}}
  - {{ours: client_debt, theirs: Сумма, as: debit}}
  - {{ours: our_debt, theirs: Сумма, as: credit}}
"""
CLIENT, CONTRACT, FIRM, CHAIR = map(guid, ("client", "contract", "firm", "chair"))


def slots(*subconto: tuple[str, str]) -> dict[str, Any]:
    """Values of субконто: (set, key) each, in their places; the rest are not used."""
    row: dict[str, Any] = {}
    for number in (1, 2, 3):
        held = subconto[number - 1] if number <= len(subconto) else None
        row[f"ExtDimension{number}"] = held[1] if held else None
        row[f"ExtDimension{number}_Type"] = f"StandardODATA.{held[0]}" if held else None
    return row


BUYER = (("Catalog_Контрагенты", CLIENT), ("Catalog_ДоговорыКонтрагентов", CONTRACT))


def debt(
    debit: Any = 0, credit: Any = 0, *, account: str = "62.01", **changes: Any
) -> dict[str, Any]:
    row = slots(*BUYER) | {"Account_Key": guid(account), "Организация_Key": FIRM}
    row |= {"Валюта_Key": NOBODY, "СуммаBalanceDr": debit, "СуммаBalanceCr": credit}
    return row | {"ВалютнаяСуммаBalanceDr": None, "ВалютнаяСуммаBalanceCr": None} | changes


def goods(quantity: Any, amount: Any, *subconto: tuple[str, str]) -> dict[str, Any]:
    held = subconto or (("Catalog_Номенклатура", CHAIR), ("Catalog_Склады", MAIN))
    row = slots(*held) | {"Организация_Key": FIRM}
    row |= {"КоличествоBalanceDr": quantity, "КоличествоBalanceCr": 0}
    return row | {"СуммаBalanceDr": amount, "СуммаBalanceCr": 0}


def read(balance: Balance, *rows: Any, unknown: str = "") -> BalanceReading:
    known = {key: ours(key[1]) for key in references(balance, rows) if key[1] != unknown}
    return read_balance(balance, rows, known, BOOKS)


def only(balance: Balance, *rows: Any) -> dict[str, Any]:
    reading = read(balance, *rows)
    assert (reading.unready, reading.misread) == ([], [])
    [standing] = reading.standings
    return dict(zip(balance.columns, standing.values, strict=True))


def test_a_debt_and_an_advance_of_one_contract_stand_side_by_side() -> None:
    found = only(SETTLEMENTS, debt(Decimal("1605.50")), debt(0, 400, account="62.02"))
    assert (found["client_debt"], found["our_debt"]) == (Decimal("1605.50"), 400)
    assert (found["client_id"], found["contract_id"]) == (ours(CLIENT), ours(CONTRACT))
    assert (found["organization_id"], found["currency"]) == (ours(FIRM), "RUB")


def test_rows_of_one_account_are_set_off_against_one_another() -> None:
    found = only(SETTLEMENTS, debt(1000), debt(0, 300))
    assert (found["client_debt"], found["our_debt"]) == (700, 0)


def test_a_debt_in_euro_is_told_in_euro() -> None:
    row = debt(9000, Валюта_Key=EURO, ВалютнаяСуммаBalanceDr=100, ВалютнаяСуммаBalanceCr=0)
    found = only(SETTLEMENTS, row)
    assert (found["currency"], found["client_debt"]) == ("EUR", 100)


def test_a_contract_that_is_not_named_is_none() -> None:
    found = only(SETTLEMENTS, debt(5) | slots(BUYER[0]))
    assert (found["contract_id"], found["client_debt"]) == (None, 5)


def test_subconto_are_known_by_what_they_refer_to_not_by_their_places() -> None:
    batch = ("Document_ПоступлениеТоваровУслуг", guid("batch"))
    product, warehouse = ("Catalog_Номенклатура", CHAIR), ("Catalog_Склады", MAIN)
    two = goods(2, 20, product, batch, warehouse), goods(3, 40, warehouse, product)
    found = only(STOCK, *two)
    assert (found["quantity"], found["amount"], found["warehouse"]) == (5, 60, "Основной")


def test_a_quantity_that_an_account_does_not_count_is_nothing() -> None:
    assert only(STOCK, goods(None, 20))["quantity"] == 0


def test_balances_that_come_to_nothing_are_left_out() -> None:
    reading = read(SETTLEMENTS, debt(700), debt(0, 700), goods(0, 0))
    assert (reading.standings, len(reading.misread)) == ([], 1)
    assert read(STOCK, goods(0, 0)).kept == set()


def test_what_the_hub_does_not_know_yet_waits_and_is_still_spoken_of() -> None:
    reading = read(SETTLEMENTS, debt(5), unknown=CONTRACT)
    [waiting] = reading.unready
    assert (waiting.parent_kind, waiting.parent_key) == ("contract", CONTRACT)
    assert reading.kept == {waiting.key}


def test_one_bad_row_sets_its_whole_balance_aside_and_no_other() -> None:
    other = slots(("Catalog_Контрагенты", guid("other")))
    reading = read(SETTLEMENTS, debt(5), debt("много"), debt(7), debt(9) | other)
    [misread] = reading.misread
    [standing] = reading.standings
    assert (misread.error.code, standing.values[-2]) == ("bad_balance", 9)
    assert "СуммаBalanceDr" in misread.error.where
    assert misread.external_key.startswith(CLIENT)


def test_a_debt_of_nobody_is_set_aside_by_name() -> None:
    [misread] = read(SETTLEMENTS, debt(5) | slots()).misread
    assert (misread.error.code, "Catalog_Контрагенты" in misread.error.where) == ("empty", True)


def test_a_reference_to_an_unpublished_set_says_what_to_publish() -> None:
    hidden = "UnavailableEntities.UnavailableEntity_1"
    [misread] = read(SETTLEMENTS, debt(5, ExtDimension1_Type=hidden)).misread
    assert misread.error.code == "unavailable_target"
    assert "опубликуйте Catalog_Контрагенты" in misread.error.next_step


def test_a_currency_or_a_warehouse_that_is_not_known_is_set_aside() -> None:
    strange = debt(5, Валюта_Key=guid("франк"))
    assert [one.error.code for one in read(SETTLEMENTS, strange).misread] == ["unknown_item"]
    nowhere = goods(1, 1, ("Catalog_Номенклатура", CHAIR), ("Catalog_Склады", guid("нигде")))
    assert [one.error.code for one in read(STOCK, nowhere).misread] == ["unknown_item"]


def test_a_sum_finer_than_a_kopeck_is_set_aside() -> None:
    [misread] = read(SETTLEMENTS, debt(Decimal("0.001"))).misread
    assert "мельче копейки" in misread.error.found


def test_rows_that_are_no_rows_or_lack_a_column_are_set_aside() -> None:
    lacking = debt(5)
    del lacking["СуммаBalanceCr"]
    reading = read(SETTLEMENTS, None, ["x"], lacking, debt(True), debt(Decimal("NaN")))
    assert len(reading.misread) == 3
    assert reading.standings == []


def test_a_register_of_its_own_has_one_sum_whose_sign_tells_whose_debt_it_is() -> None:
    row = {"Контрагент_Key": CLIENT, "Договор_Key": CONTRACT, "Организация_Key": FIRM}
    owed = row | {"ТипРасчетов": "Долг", "СуммаBalance": 900}
    paid = row | {"ТипРасчетов": "Аванс", "СуммаBalance": -250}
    found = only(UNF["settlements"], owed, paid)
    assert (found["client_debt"], found["our_debt"]) == (900, 250)
    assert "currency" not in found


def test_a_key_of_analytics_stands_for_what_was_looked_up(tmp_path: Path) -> None:
    own = tmp_path / "balances"
    own.mkdir()
    (own / "settlements.yaml").write_text(ANALYTICS, encoding="utf-8")
    balance = load_balances(tmp_path)["settlements"]
    assert balance.analytics == ((KEYS, ("Контрагент_Key", "Организация_Key")),)
    assert balance.asked == ("Ключ", "Валюта")
    row = {"Ключ_Key": guid("ключ"), "Валюта_Key": NOBODY, "СуммаBalance": 900}
    row |= {"Ключ_Key/Контрагент_Key": CLIENT, "Ключ_Key/Организация_Key": FIRM}
    other = row | {"Ключ_Key": guid("другой"), "СуммаBalance": -100}
    found = only(balance, row, other)
    assert (found["client_id"], found["client_debt"], found["our_debt"]) == (ours(CLIENT), 900, 100)
    [gone] = read(balance, row | {"Ключ_Key/Контрагент_Key": None}).misread
    assert gone.error.code == "empty"


SUMS = st.decimals(-(10**9), 10**9, places=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(("62.01", "62.02")), SUMS), max_size=20))
def test_no_kopeck_is_lost_and_no_side_is_below_zero(entries: list[tuple[str, Decimal]]) -> None:
    rows = [debt(max(one, 0), max(-one, 0), account=account) for account, one in entries]
    reading = read(SETTLEMENTS, *rows)
    owed = sum((one.values[-2] for one in reading.standings), Decimal(0))
    owing = sum((one.values[-1] for one in reading.standings), Decimal(0))
    assert owed - owing == sum((one for _account, one in entries), Decimal(0))
    assert min(owed, owing) >= 0
