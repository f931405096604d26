"""What a person writes wrongly: exit code 2, the file and the line, found, expected, next step."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provodka import mappings
from provodka.flows.settings import Environment

PACKAGE = Path(mappings.__file__).parents[1]


def provodka(environment: Environment, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, as a person would run it."""
    told = {
        **os.environ,
        "PROVODKA_CONFIG": str(environment.config),
        "PROVODKA_HOME": str(environment.home),
        "PROVODKA_DATABASE_URL": str(environment.database_url),
        "NO_COLOR": "1",
        "COLUMNS": "400",
        "TERM": "dumb",
    }
    command = [sys.executable, "-c", "from provodka.flows.cli import main; main()", *words]
    return subprocess.run(
        command, env=told, capture_output=True, text=True, timeout=60, check=False
    )


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "found", "expected"),
    [
        ("zone: Asia/Yekaterinburg", "zone: Азия", "Азия", "IANA"),
        ("  lost_answer_wait: 0", "  lost_anwser_wait: 0", "lost_anwser_wait", "lost_answer_wait"),
        ('inn: "6670123457"', 'inn: "6670123450"', "6670123450", "контрольными цифрами"),
    ],
)
def test_a_mistake_in_the_settings_is_shown_with_its_line(
    environment: Environment, old: str, new: str, found: str, expected: str
) -> None:
    edit(environment.config, old, new)
    done = provodka(environment, "check")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert f"{environment.config}:{line_of(environment.config, new.strip())}" in said
    assert found in said
    assert expected in said
    assert "Traceback" not in said


def test_a_missing_secret_is_named_with_its_line(environment: Environment) -> None:
    edit(environment.config, "password_file: ", "password_env: НЕТ_ТАКОЙ #")
    done = provodka(environment, "sync", "catalogs")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert f"{environment.config}:{line_of(environment.config, 'НЕТ_ТАКОЙ')}" in said
    assert "переменная окружения НЕТ_ТАКОЙ не задана" in said
    assert "задайте переменную" in said


def test_an_unknown_field_in_a_mapping_is_shown_with_its_line(environment: Environment) -> None:
    folder = environment.home / "mappings"
    shutil.copytree(PACKAGE / "mappings" / "bp30", folder)
    edit(folder / "invoice.yaml", "ours: currency", "ours: curency")
    edit(environment.config, "  lost_answer_wait", f"  mappings: {folder}\n  lost_answer_wait")
    done = provodka(environment, "sync", "catalogs")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert f"{folder / 'invoice.yaml'}:{line_of(folder / 'invoice.yaml', 'curency')}" in said
    assert "curency" in said
    assert "currency" in said


def test_an_unknown_field_in_a_rule_is_shown_with_its_line(environment: Environment) -> None:
    rules = environment.home / "rules.yaml"
    shutil.copy(PACKAGE / "trigger_rules" / "rules" / "romashka.yaml", rules)
    edit(rules, "proposal.amount > 100000", "proposal.amonut > 100000")
    with environment.config.open("a", encoding="utf-8") as file:
        file.write(f"rules: [{rules}]\n")
    done = provodka(environment, "rules", "check")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert f"{rules}:{line_of(rules, 'amonut')}" in said
    assert "amonut" in said
    assert "amount" in said


def test_settings_that_are_not_there_are_named(environment: Environment, tmp_path: Path) -> None:
    nowhere = environment.model_copy(update={"config": tmp_path / "нет.yaml"})
    done = provodka(nowhere, "check")
    said = done.stdout + done.stderr
    assert done.returncode == 2, said
    assert str(nowhere.config) in said
    assert "Traceback" not in said


def test_a_base_that_is_wrong_is_a_failure_and_not_a_wrong_setting(
    environment: Environment,
) -> None:
    """Exit code 1: the settings are well-formed, the world is not as they say."""
    secret = environment.home / "onec.password"
    secret.write_text("wrong", encoding="utf-8")
    done = provodka(environment, "sync", "catalogs")
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "проверьте логин и пароль" in said
    assert "Traceback" not in said
