"""YAML whose every value remembers its line, and errors that name it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.expectations import expected_by, yaml_trouble
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["LocatedYaml", "gathered", "load_yaml", "parse_yaml"]

Model = TypeVar("Model", bound=BaseModel)
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class LocatedYaml:
    """A parsed file: plain `data`, and the place of every path in it."""

    path: Path
    data: Any
    places: dict[Steps, Place]

    def place(self, *steps: str | int) -> Place:
        """The place of a path, or of its nearest known ancestor."""
        for length in range(len(steps), -1, -1):
            if steps[:length] in self.places:
                return self.places[steps[:length]]
        return Place(self.path)

    def error(
        self,
        *steps: str | int,
        found: str,
        expected: str = "",
        next_step: str = "",
        code: str = "",
    ) -> ConfigurationError:
        """A configuration error that points at a path of this file."""
        return ConfigurationError(
            self.place(*steps), found=found, expected=expected, next_step=next_step, code=code
        )

    def parse(self, model: type[Model]) -> Model:
        """Check `data` against a pydantic model; raises `ConfigurationError` with all misses."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            told = [self._miss(model, steps, errors) for steps, errors in self._together(error)]
            raise gathered(told) from None

    def _together(self, error: ValidationError) -> list[tuple[Steps, list[Any]]]:
        """What is wrong, by its path; the kinds that a value might have been are one mistake.

        A list is not too short for want of entries that are wrong themselves.
        """
        found: dict[Steps, list[Any]] = {}
        errors = error.errors()
        paths = [tuple(one["loc"]) for one in errors]
        for one, path in zip(errors, paths, strict=True):
            inside = any(len(other) > len(path) and other[: len(path)] == path for other in paths)
            if one["type"] != "too_short" or not inside:
                found.setdefault(self._written(path, one["type"]), []).append(one)
        return list(found.items())

    def _written(self, path: Steps, kind: str) -> Steps:
        """The path without the name that pydantic gives to a kind of value."""
        named = kind not in ("missing", "extra_forbidden") and path not in self.places
        return path[:-1] if named and path[:-1] in self.places else path

    def _miss(self, model: type[BaseModel], steps: Steps, errors: list[Any]) -> ConfigurationError:
        error = errors[0]
        name = ".".join(str(step) for step in steps)
        if error["type"] == "extra_forbidden":
            near = nearest(str(steps[-1]), _known_fields(model, steps[:-1]))
            return self.error(
                *steps,
                found=_("неизвестное поле «{name}»").format(name=name),
                expected=near,
                next_step=_("исправьте имя поля или уберите его"),
                code="unknown_field",
            )
        if error["type"] == "missing":
            return self.error(
                *steps,
                found=_("нет обязательного поля «{name}»").format(name=name),
                expected=_("поле «{name}»").format(name=steps[-1]),
                next_step=_("добавьте поле"),
                code="missing_field",
            )
        return self.error(
            *steps,
            found=_("«{name}» = {value!r}").format(name=name, value=error["input"]),
            expected=_(" или ").join(dict.fromkeys(map(expected_by, errors))),
            next_step=_("исправьте значение"),
            code="bad_value",
        )


def gathered(errors: Sequence[ConfigurationError]) -> ConfigurationError:
    """One error that carries all the others of the same pass."""
    first = errors[0]
    first.others = tuple(errors[1:])
    return first


def _known_fields(model: type[BaseModel], steps: Steps) -> list[str]:
    """Field names that a mapping at this path may have; list and map keys are stepped over."""
    models = list(_models(model))
    for step in steps:
        deeper = [
            inner
            for one in models
            for name, info in one.model_fields.items()
            if step in (name, info.alias)
            for inner in _models(info.annotation)
        ]
        models = deeper or models
    return [info.alias or name for one in models for name, info in one.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _models(part)


def load_yaml(path: Path) -> LocatedYaml:
    """Read a file; a missing or malformed one is a `ConfigurationError` with its place."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            Place(path),
            found=_("файла нет"),
            expected=_("файл YAML в кодировке UTF-8"),
            next_step=_("создайте файл или укажите другой путь"),
            code="no_file",
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            Place(path),
            found=_("байт {byte:#x} на позиции {position}").format(
                byte=error.object[error.start], position=error.start
            ),
            expected=_("текст в кодировке UTF-8"),
            next_step=_("сохраните файл в UTF-8"),
            code="bad_encoding",
        ) from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> LocatedYaml:
    """Parse text; `path` is only what messages call it. Duplicate keys are refused."""
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        places: dict[Steps, Place] = {}
        if root is not None:
            _walk(root, (), path, places)
        data = loader.construct_document(root) if root is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        raise ConfigurationError(
            place,
            found=yaml_trouble(str(error.problem or error.context)),
            expected=_("правильный YAML"),
            next_step=_("проверьте отступы, кавычки и двоеточия около этого места"),
            code="bad_yaml",
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        # A sign that no text may have, or nesting without end.
        deep = isinstance(error, RecursionError)
        raise ConfigurationError(
            Place(path),
            found=_("слишком глубокая вложенность") if deep else str(error),
            expected=_("правильный YAML"),
            next_step=_("откройте файл в редакторе и удалите лишнее"),
            code="bad_yaml",
        ) from None
    return LocatedYaml(path, data, places)


def _walk(node: yaml.Node, steps: Steps, path: Path, places: dict[Steps, Place]) -> None:
    places.setdefault(steps, _place(node, path))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*steps, index), path, places)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*steps, key.value)
            if inner in places:
                raise ConfigurationError(
                    _place(key, path),
                    found=_("ключ «{key}» повторяется").format(key=key.value),
                    expected=_("каждый ключ один раз"),
                    next_step=_("оставьте одно из двух значений"),
                    code="duplicate_key",
                )
            places[inner] = _place(key, path)
            _walk(value, inner, path, places)


def _place(node: yaml.Node, path: Path) -> Place:
    return Place(path, node.start_mark.line + 1, node.start_mark.column + 1)
