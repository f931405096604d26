"""A PBX that `hub.yaml` describes wrongly is told at its line, like everything else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provodka.flows.cli.app import app
from provodka.flows.settings import AsteriskLog, load_settings

GOOD = 'company: {name: ООО «Ромашка», inn: "7707083893"}\ntelephony:\n'


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PBX_KEY", "k")
    monkeypatch.delenv("PBX_SECRET", raising=False)
    return tmp_path / "hub.yaml"


def errors(settings: Path, *lines: str) -> list[tuple[str, int, str, str]]:
    """Code, line, what was found and what was expected, of each mistake."""
    settings.write_text(GOOD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    done = CliRunner().invoke(app, ["rules", "check", "--json"])
    assert done.exit_code == 2
    found = json.loads(done.stdout)["errors"]
    return [(one["code"], one["line"], one["found"], one["expected"]) for one in found]


def test_a_list_of_logs_as_it_always_was_is_still_read(settings: Path) -> None:
    settings.write_text(GOOD + "  - {name: office, path: /x/Master.csv}\n", encoding="utf-8")
    [pbx] = load_settings(settings)[0].telephony
    assert isinstance(pbx, AsteriskLog)
    assert (pbx.kind, pbx.path) == ("asterisk_csv", Path("/x/Master.csv"))


def test_an_unknown_kind_is_told_with_those_that_there_are(settings: Path) -> None:
    [(code, line, found, expected)] = errors(settings, "  - name: a", "    kind: mngo")
    assert (code, line) == ("bad_value", 4)
    assert "mngo" in found
    assert "mango" in expected


def test_a_field_of_another_kind_is_unknown_here(settings: Path) -> None:
    wrong = errors(
        settings, "  - {name: a, kind: uis, token_env: PBX_KEY,", "     salt_env: PBX_KEY}"
    )
    assert [(code, line) for code, line, *_rest in wrong] == [("unknown_field", 4)]


def test_a_missing_field_of_a_kind_is_told(settings: Path) -> None:
    [(code, line, found, _expected)] = errors(settings, "  - {name: a, kind: uis}")
    assert (code, line) == ("missing_field", 3)
    assert "token_env" in found


def test_a_secret_that_is_not_in_the_environment_is_told_at_its_line(settings: Path) -> None:
    wrong = errors(
        settings,
        "  - name: a",
        "    kind: zadarma",
        "    key_env: PBX_KEY",
        "    secret_env: PBX_SECRET",
    )
    assert [(code, line) for code, line, *_rest in wrong] == [("missing_secret", 6)]
    assert "PBX_SECRET" in wrong[0][2]


def test_an_ami_password_and_a_hooks_secret_are_looked_for_too(settings: Path) -> None:
    wrong = errors(
        settings,
        "  - name: a",
        "    path: /x",
        "    hook_secret_env: PBX_SECRET",
        "    ami: {host: h, login: l, password_env: PBX_SECRET}",
    )
    assert [(code, line) for code, line, *_rest in wrong] == [
        ("missing_secret", 5),
        ("missing_secret", 6),
    ]


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("kind: megafon, token_env: PBX_KEY", 3),
        ("kind: megafon, token_env: PBX_KEY, url: vats.example", 3),
        ("kind: megafon, token_env: PBX_KEY, url: 'https://u:s3cret@vats.example'", 3),
        ("kind: asterisk_database, database: 'mysql://u:s3cret@pbx/cdr'", 3),
    ],
)
def test_an_address_that_cannot_work_is_told_without_its_password(
    settings: Path, address: str, line: int
) -> None:
    [(_code, at, found, expected)] = errors(settings, f"  - {{name: a, {address}}}")
    assert at == line
    assert expected
    assert "s3cret" not in found


def test_an_empty_secret_is_none_at_all(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PBX_SECRET", "")
    wrong = errors(settings, "  - {name: a, kind: uis, token_env: PBX_SECRET}")
    assert [(code, line) for code, line, *_rest in wrong] == [("missing_secret", 3)]
