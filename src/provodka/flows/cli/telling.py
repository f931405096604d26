"""What went wrong, told to a person or to a machine, and the exit code that follows."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import Any

from provodka.flows.cli.exits import ExitCode
from provodka.foundation.errors import ConfigurationError, ProvodkaError
from provodka.foundation.expectations import expected_by
from provodka.foundation.i18n import _

__all__ = ["code_of", "each", "said", "tell", "told_lines", "understood"]


def tell(error: Exception, line: Sequence[str]) -> ExitCode:
    """Say an error where the command line wanted it; an unknown one with its traceback."""
    options = line[: line.index("--")] if "--" in line else line
    verbose = not {"-v", "--verbose"}.isdisjoint(options)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(str(error) + "\n")
        return ExitCode.WRONG
    mine = understood(error)
    if "--json" in options:
        errors = [said(one) for one in each(mine)] if mine else [_unknown(error)]
        sys.stdout.write(json.dumps({"errors": errors}, ensure_ascii=False, indent=2) + "\n")
    elif mine is not None:
        sys.stderr.write("\n\n".join("\n".join(told_lines(one)) for one in each(mine)) + "\n")
    if verbose or mine is None:
        sys.stderr.write("".join(traceback.format_exception(error)))
    return code_of(mine) if mine else ExitCode.FAILED


def code_of(error: ProvodkaError) -> ExitCode:
    """A wrong setting or command line is for a person to mend; anything else has failed."""
    return ExitCode.WRONG if isinstance(error, ConfigurationError) else ExitCode.FAILED


def each(error: ProvodkaError) -> Iterable[ProvodkaError]:
    """The error, and those found in the same pass."""
    yield error
    yield from getattr(error, "others", ())


def told_lines(error: ProvodkaError) -> list[str]:
    """The lines that a person reads: where, what was found, what was expected, what to do."""
    told = [f"✗ {error.where}"]
    parts = (
        (_("Найдено"), error.found),
        (_("Ожидалось"), error.expected),
        (_("Что делать"), error.next_step),
    )
    return told + [f"  {name}: {text}" for name, text in parts if text]


def said(error: ProvodkaError) -> dict[str, Any]:
    """The same for a machine."""
    place = getattr(error, "place", None)
    spot = {"file": str(place.path), "line": place.line, "column": place.column} if place else {}
    return {
        "code": error.code,
        "where": error.where,
        **spot,
        "found": error.found,
        "expected": error.expected,
        "next_step": error.next_step,
    }


def understood(error: Exception) -> ProvodkaError | None:
    """The error in our terms: of our tree, of the command line, or of the store's server."""
    if isinstance(error, ProvodkaError):
        return error
    if hasattr(error, "format_message"):
        return _misused(error)
    if "sqlalchemy.exc" not in sys.modules:
        return None
    from provodka.connectors.crm_store.troubles import store_trouble

    return store_trouble(error)


def _misused(error: Any) -> ConfigurationError:
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx else "provodka"
    return ConfigurationError(
        _("Команда «{path}»").format(path=path),
        found=_words(error),
        expected=_wanted(error),
        next_step=_("посмотрите {path} --help").format(path=path),
        code="usage",
    )


def _words(error: Any) -> str:
    """The parser's complaint in the user's language; its own words where ours are missing."""
    kind = type(error).__name__
    if kind == "NoSuchOption":
        near = ", ".join(error.possibilities or ())
        hint = _("; возможно, {near}").format(near=near) if near else ""
        return _("неизвестный параметр {name}").format(name=error.option_name) + hint
    if kind == "MissingParameter" and error.param is not None:
        return _("не указано: {name}").format(name=error.param.get_error_hint())
    if kind == "BadParameter" and error.param is not None:
        given = _unfit(error)
        told = f"«{given['input']}»" if given else error.message
        return f"{error.param.get_error_hint()}: {told}"
    said = str(error.format_message())
    if "unexpected extra argument" in said:
        return _("лишнее: {words}").format(words=said.partition("(s) (")[2].rstrip(")"))
    if kind == "BadOptionUsage":
        alone = "does not take" in said
        told = _("{name} пишут без значения") if alone else _("после {name} нет значения")
        return told.format(name=error.option_name)
    return said


def _wanted(error: Any) -> str:
    """What the value of a parameter should have been; empty where the parser does not say."""
    given = _unfit(error)
    return expected_by(given) if given else ""


def _unfit(error: Any) -> dict[str, Any]:
    """The first complaint of whoever converts values; empty where there is none."""
    complaints = getattr(error.__cause__, "errors", None)
    return complaints()[0] if complaints else {}


def _unknown(error: Exception) -> dict[str, str]:
    return {"code": type(error).__name__, "found": str(error).strip()}
