from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.mappings.bp30_samples import MAPPINGS, Base, whole_base

from provodka.mappings.checking import check_against
from provodka.mappings.compiled import Mapping
from provodka.mappings.declaration import Contract
from provodka.mappings.drift import Act, Change, ChangeKind, Shape, Verdict, diff, judge, touches
from provodka.mappings.misses import DOUBTS
from provodka.mappings.pruning import without

CLIENT = MAPPINGS["client"]
SET = "Catalog_Контрагенты"
BEFORE: Shape = {SET: {"": {"ИНН": "Edm.String", "КПП": "Edm.String"}, "Телефоны": {"Тип": "X"}}}


def shape_of(base: Base) -> Shape:
    return {
        entity: {
            "": {name: info.type for name, info in fields.items()},
            **{
                section: {name: info.type for name, info in rows.items()}
                for section, rows in base.inner[entity].items()
            },
        }
        for entity, fields in base.sets.items()
    }


def verdict(mapping: Mapping, contract: Contract, before: Base, after: Base) -> Verdict:
    mapping = replace(mapping, contract=contract)
    changes = diff(shape_of(before), shape_of(after))
    misses = [one for one in check_against(mapping, after) if one.code not in DOUBTS]
    return judge(mapping, changes, misses, without(mapping, misses))


def test_equal_shapes_do_not_differ() -> None:
    assert diff(BEFORE, BEFORE) == ()


def test_a_difference_is_told_at_the_highest_name_that_it_is_of() -> None:
    after = {
        SET: {"": {"ИНН": "Edm.Int64", "ОГРН": "Edm.String"}, "Адреса": {"Тип": "X"}},
        "Catalog_Новый": {"": {"Код": "Edm.String"}},
    }
    assert diff(BEFORE, after) == (
        Change(SET, "", "ИНН", ChangeKind.RETYPED, "Edm.String", "Edm.Int64"),
        Change(SET, "", "КПП", ChangeKind.REMOVED, "Edm.String"),
        Change(SET, "", "ОГРН", ChangeKind.ADDED, "", "Edm.String"),
        Change(SET, "Адреса", "", ChangeKind.ADDED),
        Change(SET, "Телефоны", "", ChangeKind.REMOVED),
        Change("Catalog_Новый", "", "", ChangeKind.ADDED),
    )
    assert {one.kind for one in diff(BEFORE, {})} == {ChangeKind.REMOVED}


def test_a_change_is_told_in_words() -> None:
    changes = diff(BEFORE, {SET: {"": {"ИНН": "Edm.Int64", "КПП": "Edm.String"}}})
    assert [str(one) for one in changes] == [
        "поле Catalog_Контрагенты.ИНН: тип был Edm.String, стал Edm.Int64",
        "табличная часть Catalog_Контрагенты.Телефоны: больше нет",
    ]


def test_only_changes_of_what_the_mapping_names_touch_it() -> None:
    changes = [
        Change(SET, "", "ИНН", ChangeKind.REMOVED),
        Change(SET, "", "ОГРН", ChangeKind.REMOVED),
        Change("Document_Другой", "", "", ChangeKind.REMOVED),
    ]
    [touch] = touches(CLIENT, changes)
    assert touch.change.field == "ИНН"
    assert touch.place == CLIENT.pair_of("inn").place  # type: ignore[union-attr]


def test_a_section_and_a_looked_up_set_touch_the_lines_that_name_them() -> None:
    invoice = MAPPINGS["invoice"]
    changes = [
        Change(invoice.entity, "Товары", "", ChangeKind.REMOVED),
        Change("Catalog_Организации", "", "ОсновнойБанковскийСчет_Key", ChangeKind.RETYPED),
        Change("Catalog_Валюты", "", "", ChangeKind.REMOVED),
    ]
    lines = [touch.place.line for touch in touches(invoice, changes)]
    assert len(set(lines)) == 3


@pytest.mark.parametrize("contract", ["freeze", "set_aside", "evolve"])
def test_what_is_added_stops_nothing(contract: Contract) -> None:
    after = whole_base()
    after.sets[SET]["Новое"] = after.sets[SET]["ИНН"]
    found = verdict(CLIENT, contract, whole_base(), after)
    assert (found.act, found.mapping.version, found.agreed) == (Act.GO_ON, CLIENT.version, True)


@pytest.mark.parametrize(
    ("contract", "act"),
    [("freeze", Act.STOP), ("set_aside", Act.SET_ASIDE), ("evolve", Act.GO_ON)],
)
def test_a_field_that_is_gone_is_met_by_the_contract(contract: Contract, act: Act) -> None:
    after = whole_base()
    del after.sets[SET]["КПП"]
    found = verdict(CLIENT, contract, whole_base(), after)
    assert found.act is act
    assert [touch.change.field for touch in found.touched] == ["КПП"]
    if act is not Act.GO_ON:
        assert "КПП: больше нет" in found.errors[0].found
        assert len(found.errors) == 1


def test_a_field_of_another_type_that_would_still_fit_waits_for_a_person_too() -> None:
    after = whole_base()
    field = "СуммаДокумента"
    after.sets["Document_ПриходныйКассовыйОрдер"][field] = replace(
        after.sets["Document_ПриходныйКассовыйОрдер"][field], type="Edm.Int64"
    )
    found = verdict(MAPPINGS["payment_cash"], "freeze", whole_base(), after)
    assert found.act is Act.STOP
    assert "onec changes --accept" in found.errors[0].next_step
    assert verdict(MAPPINGS["payment_cash"], "freeze", after, after).act is Act.GO_ON


def test_evolving_reads_on_without_the_field_and_again_when_it_is_back() -> None:
    after = whole_base()
    del after.sets[SET]["КПП"]
    found = verdict(CLIENT, "evolve", whole_base(), after).mapping
    assert "kpp" in CLIENT.columns
    assert "kpp" not in found.columns
    assert "КПП" not in found.select
    assert found.version != CLIENT.version
    assert all("kpp" not in step for step in found.match)


@pytest.mark.parametrize("contract", ["set_aside", "evolve"])
@pytest.mark.parametrize("field", ["Ref_Key", "Контрагент_Key", "ВидОперации"])
def test_nothing_goes_on_without_what_it_cannot_do_without(contract: Contract, field: str) -> None:
    after = whole_base()
    del after.sets["Document_СчетНаОплатуПокупателю"][field]
    assert verdict(MAPPINGS["invoice"], contract, whole_base(), after).act is Act.STOP


def test_a_section_that_is_gone_would_empty_the_documents() -> None:
    after = whole_base()
    del after.inner["Document_СчетНаОплатуПокупателю"]["Товары"]
    assert verdict(MAPPINGS["invoice"], "evolve", whole_base(), after).act is Act.STOP


def test_a_base_that_never_had_the_field_stops_the_stream_with_the_miss() -> None:
    base = whole_base()
    del base.sets[SET]["КПП"]
    found = verdict(CLIENT, "freeze", base, base)
    assert found.act is Act.STOP
    assert [one.code for one in found.errors] == ["no_field"]
