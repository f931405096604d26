"""Texts that all commands share."""

from __future__ import annotations

from typing import Any

from provodka.flows.cli.group import Command, Group
from provodka.foundation.i18n import _

__all__ = ["described", "example", "group_of"]


def example(*lines: str) -> str:
    """The end of a help text: what to type."""
    listed = "\n\n".join(f"  {line}" for line in lines)
    return f"{_('Пример:')}\n\n{listed}"


def described(help_text: str, *lines: str) -> dict[str, Any]:
    """What a command's declaration says besides its name: the help text and its examples."""
    return {
        "cls": Command,
        "help": help_text,
        "epilog": example(*lines),
        "rich_help_panel": _("Команды"),
        "options_metavar": _("[ПАРАМЕТРЫ]"),
    }


def group_of(help_text: str, *lines: str) -> dict[str, Any]:
    """The same for a group of commands."""
    return {
        "cls": Group,
        "help": help_text,
        "epilog": example(*lines),
        "rich_help_panel": _("Команды"),
        "options_metavar": _("[ПАРАМЕТРЫ]"),
        "subcommand_metavar": _("КОМАНДА [ПАРАМЕТРЫ]…"),
        "no_args_is_help": True,
    }
