"""Every command can be learnt from its help, at once, in the user's language."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from provodka.flows.cli.app import app

HEAVY = ("prefect", "sqlalchemy", "pandas", "httpx", "pydantic", "rich", "structlog", "psycopg")
DOCS = Path(__file__).parents[3] / "docs" / "cli.md"


def commands(node: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    node = node or get_command(app)
    for name, inner in getattr(node, "commands", {}).items():
        yield (*path, name), inner
        yield from commands(inner, (*path, name)) if getattr(inner, "commands", None) else ()


EVERY = list(commands())
NAMES = [" ".join(path) for path, _command in EVERY]


@pytest.mark.parametrize("path", [path for path, _command in EVERY], ids=NAMES)
def test_every_command_has_help_with_an_example_of_itself(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*path, "--help"])
    assert told.exit_code == 0
    _before, _heading, examples = told.stdout.partition("Пример:")
    assert f"provodka {' '.join(path)}" in examples


@pytest.mark.parametrize("path", [path for path, _command in EVERY], ids=NAMES)
def test_every_parameter_is_explained_in_words(path: tuple[str, ...]) -> None:
    command = dict(EVERY)[path]
    for parameter in command.params:
        assert parameter.help, f"{' '.join(path)}: {parameter.name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_documented(name: str) -> None:
    assert f"`provodka {name}" in DOCS.read_text(encoding="utf-8")


def test_every_exit_code_is_documented() -> None:
    from provodka.flows.cli.exits import ExitCode

    text = DOCS.read_text(encoding="utf-8")
    assert [code for code in ExitCode if f"| {int(code)} |" not in text] == []


def test_the_program_alone_shows_its_commands() -> None:
    told = CliRunner().invoke(app, [])
    assert told.exit_code == 0
    assert all(path[0] in told.stdout for path, _command in EVERY)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from provodka.flows.cli import main; sys.argv = ['provodka', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"found = [name for name in {HEAVY} if name in sys.modules]\n"
        "sys.exit(' '.join(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )
    assert done.stderr.strip() == ""
    assert "provodka" in done.stdout
