"""Help in the user's language, plain, so that it is there at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer import Context

from provodka.foundation.i18n import _

__all__ = ["HelpPages"]


class HelpPages:
    """Mixed into a command of typer: usage, parameters, commands and examples in our words."""

    def format_usage(self: Any, ctx: Context, formatter: Any) -> None:
        """The usage line."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Вызов:") + " ")

    def format_options(self: Any, ctx: Context, formatter: Any) -> None:
        """Arguments and options; the commands of a group."""
        rows = list(_rows(self, ctx))
        if rows:
            with formatter.section(_("Параметры")):
                formatter.write_dl(rows)
        commands = [
            (name, (self.get_command(ctx, name).help or "").partition("\n\n")[0])
            for name in getattr(self, "commands", ())
        ]
        if commands:
            with formatter.section(_("Команды")):
                formatter.write_dl(commands)

    def format_epilog(self: Any, _ctx: Context, formatter: Any) -> None:
        """The examples, one a line."""
        if self.epilog:
            with formatter.section(_("Пример")):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def _rows(command: Any, ctx: Context) -> Iterator[tuple[str, str]]:
    for parameter in command.get_params(ctx):
        if parameter.param_type_name == "argument":
            yield parameter.metavar or parameter.name, parameter.help or ""
        elif "--help" in parameter.opts:
            yield "--help", _("Показать эту справку")
        else:
            names = ", ".join((*parameter.opts, *parameter.secondary_opts))
            valued = f"{names} {parameter.metavar}" if parameter.metavar else names
            yield valued, parameter.help or ""
