"""All shapes of the format that come with the hub, joined with the mappings they serve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml, gathered, load_yaml
from provodka.mappings import compiled
from provodka.mappings.enterprise_data.checking import check_shape
from provodka.mappings.enterprise_data.declaration import Shape
from provodka.mappings.enterprise_data.translation import Translation

__all__ = ["SHAPES", "load_translations"]

SHAPES = Path(__file__).parent


def load_translations(
    mappings: Iterable[compiled.Mapping], folder: Path = SHAPES
) -> dict[str, Translation]:
    """A translation for each mapping, by the mapping's name, checked against the schemas.

    The shapes are written for the fields of 1С:Бухгалтерия 3.0 (the set `bp30` and folders that
    extend it): the format is the same whatever the configuration, so that set serves all of them.
    Raises one `ConfigurationError` that carries the mistakes of all files.
    """
    errors: list[ConfigurationError] = []
    found: dict[str, Translation] = {}
    mappings = list(mappings)
    named = {
        pair.argument
        for mapping in mappings
        if mapping.writes
        for pair in mapping.all_pairs()
        if "reference" in pair.how
    }
    for mapping in mappings:
        try:
            file, shape = _read(folder / f"{mapping.name}.yaml", mapping)
        except ConfigurationError as error:
            errors += [error, *error.others]
            continue
        errors += check_shape(file, shape, mapping, named=mapping.kind in named)
        found[mapping.name] = Translation(mapping, shape)
    if errors:
        raise gathered(errors)
    return found


def _read(path: Path, mapping: compiled.Mapping) -> tuple[LocatedYaml, Shape]:
    if not path.is_file():
        raise ConfigurationError(
            mapping.place,
            found=_("для соответствия «{name}» нет формы EnterpriseData").format(name=mapping.name),
            expected=_("одно из: {names}").format(names=", ".join(_named(path.parent))),
            next_step=_("обменивайтесь этим видом документов по OData или уберите соответствие"),
            code="no_shape",
        )
    file = load_yaml(path)
    return file, file.parse(Shape)


@lru_cache(maxsize=4)
def _named(folder: Path) -> Mapping[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}
