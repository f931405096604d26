"""`$filter`: what it understands, what it finds, how it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.contract.sandbox.neighbours import INVOICES, Base, Hands, Record

INCOMPARABLE = "Нельзя сравнивать поля неограниченной длины и поля несовместимых типов."


CONDITIONS: dict[str, Callable[[Record], bool]] = {
    "Description eq 'ГУСЕВ артём игоревич ип'": lambda r: r["Description"].startswith("Гусев"),
    "Description ne 'Покупатели'": lambda r: not r["IsFolder"],
    "substringof('иП', Description)": lambda r: "ип" in r["Description"].lower(),
    "startswith(Description, 'г') and not IsFolder": lambda r: r["Description"][0] == "Г",
    "endswith(Description, 'ип') eq true": lambda r: r["Description"].endswith("ИП"),
    "like(Description, 'Л_кин %')": lambda r: r["Description"].startswith("Лукин"),
    "concat(Code, '!') eq '00-000002!'": lambda r: r["Code"] == "00-000002",
    "substring(Code, 9) eq '1'": lambda r: r["Code"][8] == "1",
    "substring(Code, 4, 5) eq '00000'": lambda r: r["Code"][3:8] == "00000",
    "ИНН ne '' and (КПП eq '' or ОбособленноеПодразделение)": lambda r: (
        r["ИНН"] != "" and (r["КПП"] == "" or r["ОбособленноеПодразделение"])
    ),
    "not (ЮридическоеФизическоеЛицо eq 'ЮридическоеЛицо')": lambda r: (
        r["ЮридическоеФизическоеЛицо"] != "ЮридическоеЛицо"
    ),
    "КонтактнаяИнформация/any(c: startswith(c/НомерТелефона, '7900'))": lambda r: any(
        c["НомерТелефона"].startswith("7900") for c in r["КонтактнаяИнформация"]
    ),
    "КонтактнаяИнформация/all(c: c/LineNumber gt 3)": lambda r: not r["КонтактнаяИнформация"],
    "ГоловнойКонтрагент/Description eq 'Северный Ветер ООО'": lambda r: r["Description"].startswith(
        "Северный Ветер ООО"
    ),
    "dateadd(ДатаРегистрации, 'month', 13) eq datetime'0002-02-01T00:00:00'": lambda _: True,
    "datedifference(ДатаРегистрации, datetime'0001-01-03T00:00:00', 'day') eq 2": lambda _: True,
    "year(ДатаРегистрации) add 2 mul 3 eq 7": lambda _: True,
    "quarter(ДатаРегистрации) sub 1 div 2 gt 0.5": lambda _: False,
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_find_what_they_say(base: Base, condition: str) -> None:
    everybody = base.rows("Catalog_Контрагенты")
    expected = [row for row in everybody if CONDITIONS[condition](row)]
    assert base.rows("Catalog_Контрагенты", filter=condition) == expected
    assert expected != everybody or "Дата" in condition


def test_references_are_found_by_any_of_many_keys(base: Base) -> None:
    keys = [row["Ref_Key"] for row in base.rows("Catalog_Контрагенты")] * 10
    condition = " or ".join(f"Ref_Key eq guid'{key}'" for key in keys)
    assert len(base.rows("Catalog_Контрагенты", filter=condition)) == 41


def test_a_quote_in_a_string_is_doubled(base: Base) -> None:
    assert base.rows("Catalog_Контрагенты", filter="Description eq 'О''Нил'") == []


def test_dates_are_compared_as_local_time_of_the_base(base: Base) -> None:
    invoice = base.create(Date="2031-03-04T00:00:00")
    day = "Date ge datetime'2031-03-04T00:00:00' and Date lt datetime'2031-03-05T00:00:00'"
    assert [row["Ref_Key"] for row in base.rows(INVOICES, filter=day)] == [invoice["Ref_Key"]]


def test_a_bare_guid_never_equals_a_composite_reference_and_says_nothing(base: Base) -> None:
    own = base.rows("Catalog_Организации")[0]["Ref_Key"]
    accounts = "Catalog_БанковскиеСчета"
    assert base.rows(accounts, filter=f"Owner eq guid'{own}'") == []
    cast = f"Owner eq cast(guid'{own}', 'Catalog_Организации')"
    assert len(base.rows(accounts, filter=cast)) == 1
    assert len(base.rows(accounts, filter="isof(Owner, 'Catalog_Организации')")) == 1
    other = f"Owner eq cast(guid'{own}', 'Catalog_Контрагенты')"
    assert base.rows(accounts, filter=other) == []


def test_a_composite_reference_in_a_section_is_found_by_cast(base: Base) -> None:
    invoice = base.create()
    item = invoice["Товары"][0]["Номенклатура"]
    one = f"Ref_Key eq guid'{invoice['Ref_Key']}' and "
    cast = f"Товары/any(r: r/Номенклатура eq cast(guid'{item}','Catalog_Номенклатура'))"
    assert len(base.rows(INVOICES, filter=one + cast)) == 1
    bare = f"Товары/any(r: r/Номенклатура eq guid'{item}')"
    assert base.rows(INVOICES, filter=one + bare) == []


@pytest.mark.parametrize("operator", ["gt", "ge", "lt", "le"])
def test_references_have_no_order(base: Base, operator: str) -> None:
    guid = "guid'11111111-1111-1111-1111-111111111111'"
    status, _, text = base.error(base.get(INVOICES, filter=f"Ref_Key {operator} {guid}"))
    assert status == 500
    assert text.endswith(INCOMPARABLE)


def test_a_string_of_unlimited_length_cannot_be_compared_but_can_be_searched(base: Base) -> None:
    base.create(Комментарий="метка [hub:zebra]")
    status, code, text = base.error(base.get(INVOICES, filter="Комментарий eq 'метка'"))
    assert (status, code) == (500, "-1")
    assert text.endswith(INCOMPARABLE)
    assert len(base.rows(INVOICES, filter="substringof('hub:zebra', Комментарий)")) == 1


def test_a_base_with_short_comments_compares_them(base: Base, hands: Hands) -> None:
    base.create(Комментарий="ровно так")
    hands.ask("POST", "switches", comment_length=50)
    assert len(base.rows(INVOICES, filter="Комментарий eq 'ровно так'")) == 1


@pytest.mark.parametrize("name", ["tolower", "length", "indexof", "replace", "trim", "floor"])
def test_functions_that_the_base_lacks_are_a_syntax_error(base: Base, name: str) -> None:
    response = base.get("Catalog_Контрагенты", filter=f"{name}(Description) eq 'x'")
    assert base.error(response) == (400, "14", "Ошибка при разборе опции запроса $filter")


@pytest.mark.parametrize(
    "condition",
    [
        "Description eq", "(Description eq 'x'", "Description", "eq eq 'x'", "Description eq 'x",
        "Ref_Key eq guid'нет'", "Code add 1 eq 2", "Description = 'x'", "КонтактнаяИнформация/any(",
        "startswith(Description)", "((((" * 2000,
    ],
)  # fmt: skip
def test_nonsense_is_a_syntax_error(base: Base, condition: str) -> None:
    status, code, _ = base.error(base.get("Catalog_Контрагенты", filter=condition))
    assert (status, code) == (400, "14")


def test_an_unknown_property_is_named(base: Base) -> None:
    response = base.get("Catalog_Контрагенты", filter="Телефон eq '1'")
    assert base.error(response) == (400, "6", "Сегмент пути Телефон не найден!")


@pytest.mark.parametrize("option", ["top", "skip"])
def test_paging_options_must_be_numbers(base: Base, option: str) -> None:
    status, code, text = base.error(base.get("Catalog_Контрагенты", **{option: "x"}))
    assert (status, code) == (400, "14")
    assert text.endswith(f"${option}")


def test_sql_and_python_agree_on_what_a_filter_finds(base: Base) -> None:
    """The second clause cannot be answered by SQL, so the whole takes the slow road."""
    base.posted()
    for condition in ("Posted eq true", "DeletionMark ne true", "Number ge 'РМ'", "not Posted"):
        fast = base.rows(INVOICES, filter=condition)
        slow = base.rows(INVOICES, filter=f"{condition} and year(Date) gt 1")
        assert fast == slow
        assert base.get(f"{INVOICES}/$count", filter=condition).text == str(len(slow))
