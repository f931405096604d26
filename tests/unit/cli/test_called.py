"""The lines that the program suggests call it the way it was called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from provodka.flows.called import program
from provodka.flows.standing import Served, announce


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    file = tmp_path / "bin" / "provodka"
    file.parent.mkdir()
    file.touch(mode=0o755)
    return file


def test_a_program_out_of_the_shells_reach_is_named_by_its_path(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(installed), "up"])
    assert program() == str(installed)


def test_a_program_that_the_shell_finds_is_named_shortly(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(installed.parent))
    monkeypatch.setattr(sys, "argv", [str(installed), "up"])
    assert program() == "provodka"


def test_another_program_of_the_same_name_on_the_path_does_not_count(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(installed.parent))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "mine" / "provodka"), "up"])
    assert program() == str(tmp_path / "mine" / "provodka")


def test_whoever_runs_it_from_inside_another_program_is_told_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/pytest"])
    assert program() == "provodka"


def test_the_hub_suggests_a_line_that_can_be_copied_as_it_stands(
    installed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [str(installed), "up"])
    announce(
        Served(
            config=tmp_path / "hub.yaml",
            home=tmp_path,
            store="postgresql://",
            prefect=None,
            sandbox=None,
            example=tmp_path / "invoice.sql",
        )
    )
    line = f"{installed} --config {tmp_path}/hub.yaml --home {tmp_path} trace НОМЕР"
    assert line in capsys.readouterr().out
