"""Letters of rules: rendered from templates with the facts of their event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from provodka.connectors.mail.templates import LetterTemplate, RenderedLetter, load_template
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


@dataclass
class Letters:
    """Templates in the given folders, each loaded once; times are told in the company's zone."""

    folders: tuple[Path, ...]
    zone: ZoneInfo
    _loaded: dict[str, LetterTemplate] = field(default_factory=dict)

    def render(self, name: str, facts: Mapping[str, Any]) -> RenderedLetter:
        """Fill a template in; raises `DocumentError` that names what is missing."""
        if name not in self._loaded:
            self._loaded[name] = find_template(self.folders, name)
        return self._loaded[name].render({key: self._local(value) for key, value in facts.items()})

    def _local(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(self.zone)
        if isinstance(value, dict):
            return {key: self._local(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._local(inner) for inner in value]
        return value
