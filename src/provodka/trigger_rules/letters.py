"""Letters of rules: rendered from templates with the facts of their event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.mail.templates import (
    LetterTemplate,
    RenderedLetter,
    compile_text,
    load_template,
)
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Letters", "find_template"]


def find_template(folders: tuple[Path, ...], name: str) -> LetterTemplate:
    """Load a template by its name from the first folder that has it.

    Raises `ConfigurationError` if none has, or if the template itself is wrong.
    """
    for folder in folders:
        for path in (folder / name, folder / f"{name}.yaml"):
            if path.exists():
                return load_template(path)
    raise ConfigurationError(
        ", ".join(map(str, folders)),
        found=_("нет шаблона письма «{name}»").format(name=name),
        expected=_("папка или файл с этим именем"),
        next_step=_("создайте шаблон или исправьте правило"),
        code="no_template",
    )


@dataclass(frozen=True)
class Letters:
    """Templates in the given folders, each read once a process, like the rules themselves.

    Times are told in the company's zone.
    """

    folders: tuple[Path, ...]
    zone: ZoneInfo

    def render(self, name: str, facts: Mapping[str, Any]) -> RenderedLetter:
        """Fill a template in; raises `DocumentError` that names what is missing."""
        template = _once(self.folders, name)
        return template.render({key: self._local(value) for key, value in facts.items()})

    def fill(self, written: str, facts: Mapping[str, Any]) -> str:
        """Fill in a short text; raises `DocumentError` that names what is missing."""
        if "{" not in written:
            return written
        named = ((key, value) for key, value in facts.items() if key in written)
        return _compiled(written)({key: self._local(value) for key, value in named})

    def _local(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(self.zone)
        if isinstance(value, dict):
            return {key: self._local(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._local(inner) for inner in value]
        return value


@lru_cache(maxsize=1024)
def _compiled(written: str) -> Callable[[Mapping[str, Any]], str]:
    return compile_text(written)


@lru_cache(maxsize=256)
def _once(folders: tuple[Path, ...], name: str) -> LetterTemplate:
    return find_template(folders, name)
