"""The packaged mappings look for a counterpart in the order in which the base itself does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provodka.mappings.catalog import load_mappings

RULES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data/mappings/matching_rules.json").read_text(encoding="utf-8")
)
MAPPINGS = load_mappings()
COLUMNS = {
    "ИНН": "inn",
    "КПП": "kpp",
    "НаименованиеПолное": "full_name",
    "Наименование": "name",
    "Код": "code",
    "Артикул": "article",
    "Дата": "date",
    "Номер": "number",
    "ВидДоговора": "kind",
    "Владелец": "client_id",
    "Организация": "organization_id",
    "ВалютаВзаиморасчетов": "currency",
}
FOLDERS = "ЭтоГруппа"
"""Told by every rule of a catalog with folders; the hub leaves folders out altogether."""
OURS_ALONE = {"payment_bank": [{"incoming_number", "incoming_date", "amount"}]}
"""Steps beyond the base's: a receipt that the bank's statement told of before."""


def columns_of(step: str) -> set[str]:
    return {COLUMNS[name] for name in step.split(",") if name != FOLDERS}


def name_of(rule: dict[str, Any]) -> str:
    prefixes = {"Справочники": "Catalog", "Документы": "Document"}
    kind, name = rule["data"].split(".")
    [found] = (key for key, one in MAPPINGS.items() if one.entity == f"{prefixes[kind]}_{name}")
    return found


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_counterpart_is_looked_for_as_the_base_does_it(rule: dict[str, Any]) -> None:
    assert rule["identification"].startswith("СначалаПоУникальномуИдентификатору")
    name = name_of(rule)
    steps = [set(step) for step in MAPPINGS[name].match]
    assert steps == [columns_of(one) for one in rule["search_fields"]] + OURS_ALONE.get(name, [])


def test_every_mapping_has_a_rule_of_the_base() -> None:
    assert sorted(map(name_of, RULES)) == sorted(MAPPINGS)
