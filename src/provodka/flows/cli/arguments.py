"""The options that every command has, wherever on the line they stand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FLAGS", "VALUED", "Options", "choose_language", "hoisted"]

FLAGS = frozenset({"--json", "-v", "--verbose"})
VALUED = frozenset({"-c", "--config", "--home", "--lang"})


@dataclass(frozen=True, slots=True)
class Options:
    """What stands on the command line besides the command; `None` is left to the environment."""

    config: Path | None = None
    home: Path | None = None
    json: bool = False
    verbose: bool = False


def hoisted(arguments: Sequence[str]) -> list[str]:
    """The common options first, the rest in its order; what follows `--` is left alone."""
    common: list[str] = []
    rest: list[str] = []
    left = list(arguments)
    while left:
        one = left.pop(0)
        if one == "--":
            rest += [one, *left]
            break
        if one in FLAGS or one.partition("=")[0] in VALUED:
            common.append(one)
            if one in VALUED and left:
                common.append(left.pop(0))
        else:
            rest.append(one)
    return common + rest


def choose_language(arguments: Sequence[str]) -> None:
    """Put the language asked for on the command line where all texts look for it."""
    ordered = hoisted(arguments)
    for place, one in enumerate(ordered):
        if one == "--":
            return
        name, equals, value = one.partition("=")
        if name == "--lang":
            asked = value if equals else "".join(ordered[place + 1 : place + 2])
            os.environ["PROVODKA_LANG"] = asked
