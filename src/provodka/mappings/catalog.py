"""All mappings of a configuration, loaded from a folder of YAML files."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from pathlib import Path

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml
from provodka.mappings.compiled import Mapping
from provodka.mappings.compiling import compile_mapping

__all__ = ["BP30", "load_mappings"]

BP30 = Path(__file__).parent / "bp30"


def load_mappings(folder: Path = BP30) -> dict[str, Mapping]:
    """Every mapping of a folder by the name of its file, checked against the store.

    By default those of 1С:Бухгалтерия 3.0 that come with the hub. Raises one
    `ConfigurationError` that carries the mistakes of all files.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ConfigurationError(
            Place(folder),
            found=_("в папке нет файлов соответствий"),
            expected=_("файлы *.yaml"),
            next_step=_("укажите папку с соответствиями"),
            code="no_file",
        )
    errors: list[ConfigurationError] = []
    files: list[LocatedYaml] = []
    for path in paths:
        try:
            files.append(load_yaml(path))
        except ConfigurationError as error:
            errors.append(error)
    entities = _entities(files)
    mappings: dict[str, Mapping] = {}
    for file in files:
        try:
            mappings[file.path.stem] = compile_mapping(file, entities)
        except ConfigurationError as error:
            errors += [error, *error.others]
    if errors:
        raise gathered(errors)
    return mappings


def _entities(files: list[LocatedYaml]) -> AnyMapping[str, str]:
    found: dict[str, str] = {}
    for file in files:
        said = file.data if isinstance(file.data, dict) else {}
        kind, entity = said.get("kind"), said.get("entity")
        if isinstance(kind, str) and isinstance(entity, str):
            found.setdefault(kind, entity)
    return found
