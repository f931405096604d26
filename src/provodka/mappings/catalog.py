"""All mappings of a configuration, loaded from a folder of YAML files and what it extends."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from pathlib import Path

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml
from provodka.foundation.nearest import nearest
from provodka.mappings.compiled import Mapping
from provodka.mappings.compiling import compile_mapping
from provodka.mappings.overlays import DROP, EXTENDS, overlaid

__all__ = ["BP30", "SETS", "load_mappings", "set_folder"]

HERE = Path(__file__).parent
BP30 = HERE / "bp30"
SETS = ("bp30", "ut11", "unf", "crm3")
"""The sets that come with the hub, by the name of their folder."""


def set_folder(name: str, beside: Path = Path()) -> Path:
    """The folder of a set: one that comes with the hub, or a path (relative to `beside`)."""
    return HERE / name if name in SETS else beside / name


def load_mappings(folder: Path = BP30) -> dict[str, Mapping]:
    """Every mapping of a folder by the name of its file, checked against the store.

    By default those of 1С:Бухгалтерия 3.0 that come with the hub. Files that begin with
    `extends: SET` are overlays on that set, and what they do not mention is inherited whole.
    Raises one `ConfigurationError` that carries the mistakes of all files.
    """
    errors: list[ConfigurationError] = []
    files = _files(folder, errors, ())
    entities = _entities(files.values())
    mappings: dict[str, Mapping] = {}
    for name, file in sorted(files.items()):
        try:
            mappings[name] = compile_mapping(file, entities)
        except ConfigurationError as error:
            errors += [error, *error.others]
    if errors:
        raise gathered(errors)
    return mappings


def _files(
    folder: Path, errors: list[ConfigurationError], above: tuple[Path, ...]
) -> dict[str, LocatedYaml]:
    own = _own(folder, errors)
    overlays = {name: file for name, file in own.items() if EXTENDS in _data(file)}
    if not overlays:
        return own
    base = _base(folder, overlays, errors, above)
    if base is None:
        return {}
    for name, file in own.items():
        if name not in overlays:
            base[name] = file
        elif name not in base:
            errors.append(_no_base(file, name, base))
        elif _data(file).get(DROP):
            del base[name]
        else:
            try:
                base[name] = overlaid(base[name], file)
            except ConfigurationError as error:
                errors += [error, *error.others]
    return base


def _base(
    folder: Path,
    overlays: AnyMapping[str, LocatedYaml],
    errors: list[ConfigurationError],
    above: tuple[Path, ...],
) -> dict[str, LocatedYaml] | None:
    first, *others = overlays.values()
    name = str(_data(first)[EXTENDS])
    for file in others:
        if str(_data(file)[EXTENDS]) != name:
            errors.append(_another_base(file, name))
    extended = set_folder(name, folder).resolve()
    if extended in (*above, folder.resolve()) or not extended.is_dir():
        errors.append(_no_set(first, name))
        return None
    return _files(extended, errors, (*above, folder.resolve()))


def _own(folder: Path, errors: list[ConfigurationError]) -> dict[str, LocatedYaml]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ConfigurationError(
            Place(folder),
            found=_("в папке нет файлов соответствий"),
            expected=_("файлы *.yaml, или одно из: {sets}").format(sets=", ".join(SETS)),
            next_step=_("укажите папку с соответствиями"),
            code="no_file",
        )
    files: dict[str, LocatedYaml] = {}
    for path in paths:
        try:
            files[path.stem] = load_yaml(path)
        except ConfigurationError as error:
            errors.append(error)
    return files


def _data(file: LocatedYaml) -> AnyMapping[str, object]:
    return file.data if isinstance(file.data, dict) else {}


def _entities(files: Iterable[LocatedYaml]) -> AnyMapping[str, str]:
    found: dict[str, str] = {}
    for file in files:
        kind, entity = _data(file).get("kind"), _data(file).get("entity")
        if isinstance(kind, str) and isinstance(entity, str):
            found.setdefault(kind, entity)
    return found


def _another_base(file: LocatedYaml, name: str) -> ConfigurationError:
    return file.error(
        EXTENDS,
        found=f"extends: {_data(file)[EXTENDS]}",
        expected=_("extends: {name}, как в остальных файлах папки").format(name=name),
        next_step=_("одна папка дополняет один набор"),
        code="bad_overlay",
    )


def _no_set(file: LocatedYaml, name: str) -> ConfigurationError:
    return file.error(
        EXTENDS,
        found=_("набора «{name}» нет, или он дополняет сам себя").format(name=name),
        expected=nearest(name, SETS),
        next_step=_("назовите набор или папку с соответствиями"),
        code="bad_overlay",
    )


def _no_base(
    file: LocatedYaml, name: str, base: AnyMapping[str, LocatedYaml]
) -> ConfigurationError:
    return file.error(
        EXTENDS,
        found=_("в основе нет соответствия «{name}»").format(name=name),
        expected=nearest(name, list(base)),
        next_step=_("переименуйте файл или уберите extends"),
        code="bad_overlay",
    )
