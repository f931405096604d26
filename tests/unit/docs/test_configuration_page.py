"""docs/configuration.md says all that hub.yaml may say, with the defaults that hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from tests.unit.docs.pages import CONFIGURATION, blocks, rows, sections

from provodka.flows.settings import Environment, HubSettings

WHOLE = ("onec", "mail", "telephony", "bank", "rules", "streams", "company")


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def fields(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str, FieldInfo]]:
    """Every field under a model: the section that describes it, its name, what it is."""
    for name, info in model.model_fields.items():
        yield path, name, info
        for inner in models(info.annotation):
            yield from fields(inner, f"{path}.{name}".lstrip("."))


EVERY = [
    (f"{path}.{name}".lstrip("."), path, name, info) for path, name, info in fields(HubSettings)
]
SECTIONS = {"": CONFIGURATION.partition("\n## ")[0], **sections(CONFIGURATION)}


def written(info: FieldInfo) -> str:
    """A default as it would stand in the table."""
    value = info.default
    if value is PydanticUndefined:
        return "обязательно"
    if isinstance(value, BaseModel):
        return "все по умолчанию"
    if value is None:
        return "нет"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, time):
        return f'`"{value:%H:%M}"`'
    if isinstance(value, tuple | frozenset):
        return f"`[{', '.join(str(one) for one in sorted(value))}]`"
    if isinstance(value, dict):
        return f"`{{{', '.join(f'{name}: {one}' for name, one in value.items())}}}`"
    return f"`{value}`"


def test_the_walk_reaches_the_innermost_fields() -> None:
    names = {dotted for dotted, *_rest in EVERY}
    assert {"company.inn", "mail.imap.sent_folder", "telephony.path", "streams.outbox"} <= names


@pytest.mark.parametrize(("dotted", "path", "name", "info"), EVERY, ids=[one[0] for one in EVERY])
def test_every_setting_is_described_with_the_default_that_holds(
    dotted: str, path: str, name: str, info: FieldInfo
) -> None:
    described = rows(SECTIONS[path])
    assert name in described, f"{dotted} is not described"
    meaning, default = described[name]
    assert meaning
    assert default == written(info)


@pytest.mark.parametrize("path", [path for path in SECTIONS if path.split(".")[0] in ("", *WHOLE)])
def test_nothing_is_described_that_is_not_a_setting(path: str) -> None:
    known = {name for _dotted, of, name, _info in EVERY if of == path}
    assert set(rows(SECTIONS[path])) <= known


@pytest.mark.parametrize("example", blocks(CONFIGURATION, "yaml"))
def test_every_example_is_a_piece_of_a_settings_file_that_is_accepted(example: str) -> None:
    company = {"company": {"name": "ООО «Ромашка»", "inn": "7707083893"}}
    HubSettings.model_validate(company | yaml.safe_load(example))


def test_every_section_has_an_example() -> None:
    shown = {name for example in blocks(CONFIGURATION, "yaml") for name in yaml.safe_load(example)}
    assert shown == set(HubSettings.model_fields)


def test_every_variable_of_the_environment_is_described() -> None:
    described = rows(CONFIGURATION.partition("## Окружение")[2].partition("## Пароли")[0])
    wanted = {
        f"PROVODKA_{name.upper()}": written(info) for name, info in Environment.model_fields.items()
    }
    assert {name: told[-1] for name, told in described.items()} == wanted | {
        "PROVODKA_LANG": "`ru`"
    }


def test_the_mappings_that_a_folder_of_ones_own_must_hold_are_those_that_come_with_the_hub() -> (
    None
):
    from provodka.mappings.catalog import BP30

    told = CONFIGURATION.partition("## Свои соответствия")[2]
    assert isinstance(BP30, Path)
    assert all(f"`{file.stem}`" in told for file in BP30.glob("*.yaml"))
