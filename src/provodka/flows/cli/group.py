"""The command group: common options anywhere, help in the user's language, errors to codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer import Abort, Exit
from typer.core import TyperCommand, TyperGroup

from provodka.flows.cli.arguments import choose_language, hoisted
from provodka.flows.cli.exits import ExitCode
from provodka.flows.cli.help_pages import HelpPages
from provodka.flows.cli.telling import tell
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["Command", "Group", "Root", "leave"]


ORDER = (
    *(
        "init",
        "check",
        "sync",
        "sweep",
        "backfill",
        "status",
        "runs",
        "trace",
        "history",
        "clients",
        "calls",
        "conflicts",
        "quarantine",
        "parked",
        "inbox",
        "onec",
        "bank",
        "import",
        "delivery",
        "report",
        "rules",
        "settings",
        "users",
        "person",
    ),
    *("sandbox", "demo", "web", "up"),
)


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


class Command(HelpPages, TyperCommand):  # type: ignore[misc]
    """A command whose help is in the user's language."""


class Group(HelpPages, TyperGroup):  # type: ignore[misc]
    """Commands under one name."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command named first; one that there is not is told with the nearest."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            known = self.list_commands(ctx)
            near = get_close_matches(name, known, n=1)
            raise ConfigurationError(
                _("Команда «{path}»").format(path=f"{ctx.command_path} {name}"),
                found=_("такой команды нет"),
                expected=near[0] if near else ", ".join(known),
                next_step=_("посмотрите {path} --help").format(path=ctx.command_path),
                code="unknown_command",
            )
        return super().resolve_command(ctx, args)


def _reader_left() -> ExitCode:
    """Whoever read our output has gone: end without a word, also when the process flushes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.FAILED


class Root(Group):
    """The program itself: nothing that goes wrong inside leaves it as a traceback."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.commands = {name: self.commands[name] for name in sorted(self.commands, key=_place)}

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and exit with its code; `standalone_mode=False` returns instead."""
        line = hoisted(sys.argv[1:] if args is None else args)
        choose_language(line)
        try:
            code = super().main(
                line, prog_name or "provodka", complete_var, False, windows_expand_args, **extra
            )
            sys.stdout.flush()
        except BrokenPipeError:
            code = _reader_left()
        except Abort:
            code = ExitCode.INTERRUPTED
        except Exception as error:
            code = tell(error, line)
        if isinstance(code, int) and code == ExitCode.INTERRUPTED:
            sys.stderr.write(_("Остановлено.") + "\n")
        if not standalone_mode:
            return code
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)


def leave(code: ExitCode) -> None:
    """End the command with this code, unless it is done."""
    if code is not ExitCode.DONE:
        raise Exit(code)
