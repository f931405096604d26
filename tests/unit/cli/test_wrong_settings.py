"""Whatever is wrong is told with its place, what was found, what was expected, what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from provodka.flows.cli.app import app

GOOD = """\
company:
  name: ООО «Ромашка»
  inn: "7707083893"
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ONEC_PASSWORD", raising=False)
    return tmp_path / "hub.yaml"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def errors(*arguments: str) -> list[dict[str, object]]:
    done = run(*arguments, "--json")
    assert done.exit_code == 2
    found: list[dict[str, object]] = json.loads(done.stdout)["errors"]
    return found


def test_an_unknown_field_is_told_with_line_column_and_the_nearest_name(settings: Path) -> None:
    settings.write_text(GOOD + "telefony: []\n", encoding="utf-8")
    done = run("rules", "check")
    assert done.exit_code == 2
    assert "hub.yaml:4:1" in done.stderr
    assert "Найдено: неизвестное поле «telefony»" in done.stderr
    assert "Ожидалось: возможно, «telephony»" in done.stderr
    assert "Что делать: исправьте имя поля" in done.stderr


def test_a_missing_secret_is_told_at_the_line_that_names_it(settings: Path) -> None:
    onec = "onec: {url: http://x, login: hub, password_env: ONEC_PASSWORD}\n"
    settings.write_text(GOOD + onec, encoding="utf-8")
    [error] = errors("rules", "check")
    assert (error["code"], error["line"]) == ("missing_secret", 4)
    assert "ONEC_PASSWORD" in str(error["found"])


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://server/base", "не похоже на адрес"),
        ("server/base", "не похоже на адрес"),
        ("https://hub:s3cret@server/base", "записаны логин или пароль"),
        ("ftp://hub:s3cret@server/base", "записаны логин или пароль"),
    ],
)
def test_an_address_that_cannot_work_is_told_at_its_line_without_its_password(
    settings: Path, url: str, told: str
) -> None:
    onec = f"onec:\n  url: {url}\n  login: hub\n  password_file: hub.yaml\n"
    settings.write_text(GOOD + onec, encoding="utf-8")
    done = run("onec", "sets")
    assert done.exit_code == 2
    assert "hub.yaml:5:" in done.stderr
    assert told in done.stderr
    assert "s3cret" not in done.stderr


def test_a_misspelt_set_of_mappings_is_told_at_its_line_with_the_nearest(settings: Path) -> None:
    onec = "onec:\n  url: http://server/base\n  login: hub\n  password_file: hub.yaml\n"
    settings.write_text(GOOD + onec + "  mappings: bp31\n", encoding="utf-8")
    told = run("check").stdout
    assert "hub.yaml:8:" in told
    assert "нет ни набора, ни папки «bp31»" in told
    assert "возможно, «bp30»" in told


def test_bad_yaml_is_told_where_the_parser_stumbled(settings: Path) -> None:
    settings.write_text("company:\n  name: x\n\tinn: y\n", encoding="utf-8")
    [error] = errors("rules", "check")
    assert error["code"] == "bad_yaml"
    assert (error["file"], error["line"]) == ("hub.yaml", 3)


def test_a_wrong_inn_is_told_with_what_an_inn_is(settings: Path) -> None:
    settings.write_text(GOOD.replace("7707083893", "7707083894"), encoding="utf-8")
    [error] = errors("rules", "check")
    assert error["line"] == 3
    assert "7707083894" in str(error["found"])
    assert "контрольными цифрами" in str(error["expected"])


def test_every_mistake_of_the_file_is_told_at_once(settings: Path) -> None:
    wrong = 'company: {name: x, inn: "1", zone: Mars/Base}\nfoo: 1\n'
    settings.write_text(wrong, encoding="utf-8")
    assert len(errors("rules", "check")) == 3


def test_a_missing_file_is_told_with_the_next_step(settings: Path) -> None:
    done = run("rules", "check")
    assert done.exit_code == 2
    assert f"{settings.name}:1:1" in done.stderr
    assert "файла нет" in done.stderr


def test_a_rule_with_an_unknown_event_is_told_at_its_line(settings: Path) -> None:
    rules = settings.with_name("mine.yaml")
    rules.write_text(
        "rules:\n"
        "  - name: one\n"
        "    title: Один\n"
        "    when: deal_closd\n"
        "    do: [{notify: {to: head, subject: a, text: b}}]\n",
        encoding="utf-8",
    )
    [error] = errors("rules", "check", str(rules))
    assert (error["line"], error["code"]) == (4, "unknown_event")
    assert "deal_closed" in str(error["expected"])


def test_check_tells_wrong_settings_and_exits_with_two(settings: Path) -> None:
    settings.write_text(GOOD + "foo: 1\n", encoding="utf-8")
    done = run("check")
    assert done.exit_code == 2
    assert "✗ hub.yaml:4:1: неизвестное поле «foo»" in done.stdout


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (("statu",), "такой команды нет"),
        (("sync", "--plann"), "неизвестный параметр --plann"),
        (("trace",), "не указано: 'ДОКУМЕНТ'"),
        (("quarantine", "lst"), "такой команды нет"),
        (("onec", "get", "X", "--top", "0"), "Найдено: '--top': «0»\n  Ожидалось: не меньше 1"),
        (("bank", "show", "abc"), "Найдено: 'НОМЕР': «abc»\n  Ожидалось: целое число"),
        (("bank", "list", "--limit"), "после --limit нет значения"),
        (("bank", "list", "--undecided=5"), "--undecided пишут без значения"),
        (("onec", "sets", "a", "b"), "лишнее: b"),
    ],
)
def test_a_wrong_command_line_exits_with_two_and_says_what_to_type(
    line: tuple[str, ...], told: str
) -> None:
    done = run(*line)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr


def test_verbose_adds_the_place_in_the_code(settings: Path) -> None:
    settings.write_text("company: 1\n", encoding="utf-8")
    assert "Traceback" in run("rules", "check", "-v").stderr
    assert "Traceback" not in run("rules", "check").stderr


def test_the_schema_names_every_section_of_the_settings() -> None:
    done = run("settings", "schema")
    sections = json.loads(done.stdout)["properties"]
    assert {"company", "onec", "mail", "telephony", "rules", "streams"} <= sections.keys()


def test_the_sample_settings_are_right_as_they_stand(settings: Path) -> None:
    import provodka.flows.cli as package
    from provodka.flows.settings import load_settings

    sample = Path(package.__file__).with_name("hub.sample.yaml")
    assert load_settings(sample)[0].rules == ("romashka",)


def test_the_sample_settings_are_right_with_every_comment_taken_away(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import provodka.flows.cli as package
    from provodka.flows.settings import load_settings

    monkeypatch.setenv("ONEC_PASSWORD", "x")
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    sample = Path(package.__file__).with_name("hub.sample.yaml").read_text(encoding="utf-8")
    lines = (line.removeprefix("# ") for line in sample.splitlines() if _is_yaml(line))
    settings.write_text("\n".join(lines), encoding="utf-8")
    loaded, _source = load_settings(settings)
    assert loaded.onec is not None
    assert loaded.mail is not None
    assert loaded.telephony[0].name == "office"


def _is_yaml(line: str) -> bool:
    """A setting, commented out or not; comments in words begin with a capital Russian letter."""
    return not line.startswith("#") or line[2:3].islower() or line[2:3] == " "
