"""The program as a process: signals, a reader that leaves, a sandbox that it becomes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from provodka.flows.cli import main; main()"]


def test_ctrl_c_ends_politely(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from provodka.flows.cli import status\n"
        "from provodka.flows.cli.desk import Desk\n"
        "Desk.hub = lambda _desk: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.argv = ['provodka', 'status']\n"
        "from provodka.flows.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr == "Остановлено.\n"


@pytest.mark.parametrize("line", [("settings", "schema"), ("rules", "check", "small.yaml")])
def test_a_reader_that_leaves_is_not_told_about_a_broken_pipe(
    tmp_path: Path, line: tuple[str, ...]
) -> None:
    (tmp_path / "small.yaml").write_text("rules: []\n", encoding="utf-8")
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*PROGRAM, *line],
        check=False,
        env=os.environ | {"PYTHONUNBUFFERED": ""},
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    os.close(write_end)
    assert done.returncode == 1
    assert done.stderr == ""


def test_the_sandbox_gets_its_own_parameters(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "sandbox", "--", "--help"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert "--onec-port" in done.stdout


@pytest.mark.parametrize(("language", "word"), [("ru", "Показать"), ("en", "provodka status")])
def test_help_is_in_the_language_asked_for(tmp_path: Path, language: str, word: str) -> None:
    done = subprocess.run(
        [*PROGRAM, "status", "--help", "--lang", language],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert word in done.stdout


def test_the_commands_are_declared_without_loading_what_they_work_with() -> None:
    heavy = ("pydantic", "sqlalchemy", "rule_engine", "prefect", "httpx", "lxml", "jinja2")
    script = (
        f"import sys, provodka.flows.cli.app\nprint(*sorted(set({heavy!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == []
