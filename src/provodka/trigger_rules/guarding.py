"""What a rule file may be at most, looked at before it is understood."""

from __future__ import annotations

from pathlib import Path

import yaml

from provodka.foundation.errors import ConfigurationError, Place
from provodka.foundation.i18n import _

__all__ = ["BIGGEST", "DEEPEST", "refuse_hostile"]

BIGGEST = 2_000_000
DEEPEST = 30


def refuse_hostile(path: Path) -> None:
    """Raise `ConfigurationError` for a file too big or nested too deep, or with references.

    References (`&a`, `*a`) let a few lines stand for millions; rules need none. A file that
    is missing or is no YAML is left to the reader, which says so better.
    """
    if not path.is_file():
        return
    size = path.stat().st_size
    if size > BIGGEST:
        raise _refused(
            Place(path),
            _("файл в {size} байт").format(size=size),
            _("не больше {most} байт").format(most=BIGGEST),
        )
    try:
        _look(path, path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError):
        return


def _look(path: Path, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        mark = event.start_mark
        place = Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)
        if isinstance(event, yaml.AliasEvent):
            raise _refused(
                place, _("ссылка *{name}").format(name=event.anchor), _("значение целиком")
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise _refused(
                place,
                _("вложенность глубже {most}").format(most=DEEPEST),
                _("правило без лишней вложенности"),
            )


def _refused(place: Place, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        place,
        found=found,
        expected=expected,
        next_step=_("разделите файл или напишите правило проще"),
        code="hostile_rules",
    )
