"""The command line, `provodka`: nothing heavy is imported until a command does its work."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """The entry point; ends the process with one of the codes of `exits.ExitCode`."""
    from provodka.flows.cli.arguments import choose_language

    choose_language(sys.argv[1:])
    # Help texts are translated when the commands are declared, so the language comes first.
    from provodka.flows.cli.app import app

    app(prog_name="provodka")
