"""The balances of a configuration: `balances/*.yaml` of its folder, and of what it extends.

A file that begins with `extends: SET` holds what differs from the same file of that set;
`drop: true` says that the base keeps no such balance. A folder of mappings without a folder
`balances` takes those of the set that its mappings extend.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml
from provodka.foundation.nearest import nearest
from provodka.mappings.balances.compiled import Balance
from provodka.mappings.balances.compiling import compile_balance
from provodka.mappings.catalog import SETS, set_folder
from provodka.mappings.overlays import DROP, EXTENDS, overlaid

__all__ = ["BALANCES", "load_balances"]

BALANCES = ("settlements", "stock")
"""The balances that the hub knows, by the names of their files; streams are called the same."""
FOLDER = "balances"


def load_balances(folder: Path) -> dict[str, Balance]:
    """The balances that a set of mappings declares, by name; those that are dropped are absent.

    Raises one `ConfigurationError` that carries the mistakes of all files.
    """
    errors: list[ConfigurationError] = []
    found: dict[str, Balance] = {}
    for name in BALANCES:
        try:
            file = _file(folder, name, ())
            if file is not None:
                found[name] = compile_balance(file)
        except ConfigurationError as error:
            errors += [error, *error.others]
    if errors:
        raise gathered(errors)
    return found


def _file(folder: Path, name: str, above: tuple[Path, ...]) -> LocatedYaml | None:
    if not (folder / FOLDER).is_dir():
        extended = _extended(folder)
        if extended is None or extended in (*above, folder):
            return None
        return _file(extended, name, (*above, folder))
    path = folder / FOLDER / f"{name}.yaml"
    if not path.is_file():
        return None
    file = load_yaml(path)
    said = _said(file)
    if EXTENDS not in said:
        return None if said.get(DROP) else file
    base = set_folder(str(said[EXTENDS]), folder).resolve()
    if base in (*above, folder.resolve()) or not base.is_dir():
        raise _no_set(file, str(said[EXTENDS]))
    if said.get(DROP):
        return None
    under = _file(base, name, (*above, folder.resolve()))
    if under is None:
        raise _nothing(file, name)
    return overlaid(under, file)


def _extended(folder: Path) -> Path | None:
    """The set that the mappings of a folder extend; None where they extend none."""
    for path in sorted(folder.glob("*.yaml")):
        said = _said(load_yaml(path))
        if EXTENDS in said:
            return set_folder(str(said[EXTENDS]), folder).resolve()
    return None


def _said(file: LocatedYaml) -> Mapping[str, Any]:
    return file.data if isinstance(file.data, dict) else {}


def _no_set(file: LocatedYaml, name: str) -> ConfigurationError:
    return file.error(
        EXTENDS,
        found=_("набора «{name}» нет, или он дополняет сам себя").format(name=name),
        expected=nearest(name, SETS),
        next_step=_("назовите набор или папку с соответствиями"),
        code="bad_overlay",
    )


def _nothing(file: LocatedYaml, name: str) -> ConfigurationError:
    return file.error(
        EXTENDS,
        found=_("в основе нет остатков «{name}»").format(name=name),
        next_step=_("опишите остатки целиком, без extends, или уберите файл"),
        code="bad_overlay",
    )
