"""How commands and their parameters are declared, so that all of them read alike."""

from __future__ import annotations

from typing import Any

import typer

from provodka.flows.cli.group import Command, Group
from provodka.foundation.i18n import _

__all__ = ["argument", "described", "group_of", "option"]


def described(first: str, rest: str, *examples: str) -> dict[str, Any]:
    """What a command's declaration says: one sentence for lists, more for its own page."""
    return {
        "cls": Command,
        "help": f"{first}\n\n{rest}" if rest else first,
        "epilog": "\n".join(examples),
        "options_metavar": _("[ПАРАМЕТРЫ]"),
    }


def group_of(text: str, *examples: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(
        cls=Group,
        help=text,
        epilog="\n".join(examples),
        options_metavar=_("[ПАРАМЕТРЫ]"),
        subcommand_metavar=_("КОМАНДА …"),
        no_args_is_help=True,
        rich_markup_mode=None,
    )


def argument(metavar: str, text: str) -> Any:
    """A positional parameter."""
    return typer.Argument(metavar=metavar, help=text, show_default=False)


def option(*names: str, metavar: str | None = None, text: str) -> Any:
    """A named parameter; without a `metavar`, a flag."""
    return typer.Option(*names, metavar=metavar, help=text, show_default=False)
