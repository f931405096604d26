from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provodka.connectors.onec.odata.filters import (
    Field,
    Filter,
    Function,
    Section,
    all_of,
    any_of,
)
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.query import Query, default_order, entity_path
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET, encoded, split_or
from provodka.foundation.errors import ConfigurationError

MOSCOW = ZoneInfo("Europe/Moscow")
KEY = UUID("41aa6331-954f-11e3-814b-005056c00008")
DAY = datetime(2026, 11, 22, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Field("Контрагент_Key") == KEY, f"Контрагент_Key eq guid'{KEY}'"),
        (
            Field("Контрагент") == Ref("Catalog_Контрагенты", KEY),
            f"Контрагент eq cast(guid'{KEY}','Catalog_Контрагенты')",
        ),
        (
            Field("Контрагент_Key") == Ref("Catalog_Контрагенты", KEY),
            f"Контрагент_Key eq guid'{KEY}'",
        ),
        (Field("Ключ", guid=True) == KEY, f"Ключ eq guid'{KEY}'"),
        (Field("Posted") != True, "Posted ne true"),  # noqa: E712
        (Field("Цена") > Decimal("1.50"), "Цена gt 1.50"),
        (Field("Date") < DAY, "Date lt datetime'2026-11-22T00:00:00'"),
        (Field("Number").startswith("Б'1"), "startswith(Number,'Б''1')"),
        (Field("Number").endswith("1"), "endswith(Number,'1')"),
        (Field("Комментарий").contains("м"), "substringof('м',Комментарий)"),
        (Function("year", Field("Date")) == 2026, "year(Date) eq 2026"),
        (Function("concat", Field("ИНН"), "/") == "7/", "concat(ИНН,'/') eq '7/'"),
        (~(Field("Posted") == True), "not (Posted eq true)"),  # noqa: E712
        (Section("Товары").any(Field("Цена") > 1), "Товары/any(d: d/Цена gt 1)"),
        (
            Section("Товары").all((Field("Цена") > 1) & ~Field("Артикул").contains("x")),
            "Товары/all(d: d/Цена gt 1 and not (substringof('x',d/Артикул)))",
        ),
        (
            Section("Товары").any(Function("round", Field("Цена")) == 1),
            "Товары/any(d: round(d/Цена) eq 1)",
        ),
        (Field("Контрагент/ИНН") == "77", "Контрагент/ИНН eq '77'"),
        (Field("Description").like("%вода_"), "like(Description,'%вода_')"),
        (Field("Контрагент").is_a("Catalog_Контрагенты"), "isof(Контрагент,'Catalog_Контрагенты')"),
        (Field("Сумма") == Field("Оплачено"), "Сумма eq Оплачено"),
        (Field("Цена") * Field("Количество") > 1, "(Цена mul Количество) gt 1"),
        (
            (Field("A") + 1) / (Field("B") - Decimal("0.5")) <= 2,
            "((A add 1) div (B sub 0.5)) le 2",
        ),
        (
            Section("Товары").any(Field("Цена") * 2 > Field("Сумма")),
            "Товары/any(d: (d/Цена mul 2) gt d/Сумма)",
        ),
    ],
)
def test_a_condition_is_written_as_1c_reads_it(condition: Filter, text: str) -> None:
    assert condition.render(MOSCOW) == text


def test_mixed_and_and_or_keep_their_meaning_with_parentheses() -> None:
    a, b, c = Field("A") == 1, Field("B") == 2, Field("C") == 3
    assert (a & b & c).render(MOSCOW) == "A eq 1 and B eq 2 and C eq 3"
    assert ((a | b) & c).render(MOSCOW) == "(A eq 1 or B eq 2) and C eq 3"
    assert (a | (b & c)).render(MOSCOW) == "A eq 1 or (B eq 2 and C eq 3)"
    assert all_of([a, b]).render(MOSCOW) == "A eq 1 and B eq 2"
    assert Field("A").one_of([1, 2]).render(MOSCOW) == "A eq 1 or A eq 2"


def test_a_bare_guid_on_a_composite_field_is_refused_because_it_would_find_nothing() -> None:
    with pytest.raises(ConfigurationError, match="составное"):
        Field("Контрагент") == KEY  # noqa: B015


@pytest.mark.parametrize("value", [KEY, Ref("Catalog_A", KEY)])
def test_references_are_not_ordered(value: UUID | Ref) -> None:
    with pytest.raises(ConfigurationError):
        Field("Ref_Key") > value  # noqa: B015


@pytest.mark.parametrize(
    "name", ["length", "indexof", "replace", "tolower", "toupper", "trim", "floor", "ceiling"]
)
def test_functions_that_1c_does_not_have_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Function(name, Field("Description"))


@pytest.mark.parametrize("name", ["A eq 1 or B", "x'y", "", "A B", "a/"])
def test_a_field_name_cannot_smuggle_an_expression(name: str) -> None:
    with pytest.raises(ConfigurationError):
        Field(name)


def test_a_filter_has_no_truth_value_so_that_and_is_not_written_for_ampersand() -> None:
    with pytest.raises(TypeError):
        bool(Field("A") == 1)


def test_no_conditions_at_all_are_refused_because_they_would_select_everything() -> None:
    with pytest.raises(ValueError, match="everything"):
        any_of([])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_encoded_text_is_ascii_and_decodes_to_itself(text: str) -> None:
    assert encoded(text).isascii()
    assert unquote(encoded(text)) == text
    assert not set(encoded(text)) & set("&#+ %".replace("%", ""))


def test_many_conditions_are_split_into_chains_that_fit_and_lose_none() -> None:
    conditions = [Field("ИНН") == f"77{number:08}" for number in range(100)]
    chains = [one.render(MOSCOW) for one in split_or(conditions, MOSCOW, 500)]
    assert all(len(encoded(chain)) <= 500 for chain in chains)
    written = [part for chain in chains for part in chain.split(" or ")]
    assert written == [one.render(MOSCOW) for one in conditions]
    assert len(chains) < 20


def test_one_condition_over_the_budget_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="знаков"):
        split_or([Field("Комментарий").contains("щ" * 100)], MOSCOW, 500)


def test_a_query_is_encoded_once_with_its_options() -> None:
    query = Query(("Ref_Key", "ИНН"), Field("ИНН") == "7&7", ("Code",), 5, 10, allowed_only=True)
    text = query.encode(MOSCOW)
    assert unquote(text) == (
        "$format=application/json;odata=nometadata&$select=Ref_Key,ИНН&$filter=ИНН eq '7&7'"
        "&$orderby=Code&$top=5&$skip=10&allowedOnly=true"
    )
    assert "7%267" in text


def test_a_query_over_the_budget_is_refused_before_it_is_sent() -> None:
    cyrillic = Query(("Ref_Key",), Field("Комментарий").contains("щ" * 400))
    with pytest.raises(ConfigurationError, match=str(QUERY_BUDGET)) as caught:
        cyrillic.encode(MOSCOW)
    assert caught.value.code == "url_too_long"


def test_no_default_order_goes_by_reference() -> None:
    assert default_order("Document_Счет") == ("Date", "Number")
    assert default_order("Catalog_Банки") == ("Code", "Description")
    assert default_order("InformationRegister_X") == ()


def test_an_object_is_addressed_by_its_guid() -> None:
    assert entity_path("Catalog_X", KEY) == f"Catalog_X(guid'{KEY}')"
