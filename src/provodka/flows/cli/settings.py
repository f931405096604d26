"""`provodka settings`: what may stand in hub.yaml."""

from __future__ import annotations

import typer

from provodka.flows.cli.words import described, group_of
from provodka.foundation.i18n import _

__all__ = ["declare"]


def declare(app: typer.Typer) -> None:
    """Add the group."""
    example = "provodka settings schema > hub.schema.json"
    group = group_of(_("Что можно написать в hub.yaml."), example)
    text = (
        _("Напечатать схему JSON для hub.yaml."),
        _("Редакторы по ней подсказывают поля и проверяют значения."),
    )
    group.command("schema", **described(*text, example))(schema)
    app.add_typer(group, name="settings")


def schema() -> None:
    """Print the JSON schema of hub.yaml."""
    import json

    from provodka.flows.settings import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
