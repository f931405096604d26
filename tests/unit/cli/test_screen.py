"""What the screen shows in a terminal, elsewhere, and to a machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from provodka.flows.cli.screen import Branch, Screen, moment, state


def in_terminal() -> Screen:
    screen = Screen(json=False)
    screen.rich = True
    return screen


def test_names_in_a_terminal_are_never_taken_for_markup_or_pictures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = in_terminal()
    screen.line("calls:office: [красный] файл", mark="✓")
    screen.heading("onec:invoice [x]")
    screen.table(("Поток",), [("calls:office: [bold]",)])
    screen.tree(Branch("[rule] calls:office:", "bold", [Branch("a[0]")]))
    told = capsys.readouterr().out
    assert told.count("calls:office:") == 3
    for kept in ("[красный]", "[x]", "[bold]", "[rule]", "a[0]"):
        assert kept in told


def test_elsewhere_columns_are_aligned_and_nothing_is_cut(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "д" * 300
    Screen(json=False).table(("А", "Б"), [("х", long), ("ххх", None)])
    assert capsys.readouterr().out.splitlines() == ["А    Б", f"х    {long}", "ххх"]


def test_elsewhere_a_tree_is_indented(capsys: pytest.CaptureFixture[str]) -> None:
    root = Branch("a")
    root.add("b").add("c")
    Screen(json=False).tree(root)
    assert capsys.readouterr().out == "a\n  b\n    c\n"


def test_a_machine_gets_the_document_alone_and_money_exact(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(json=True)
    screen.line("слова", mark="✗")
    screen.heading("слова")
    screen.table(("слова",), [("слова",)])
    screen.tree(Branch("слова"))
    screen.document({"amount": Decimal("0.10")})
    told = capsys.readouterr().out
    assert json.loads(told, parse_float=Decimal) == {"amount": Decimal("0.10")}
    assert "слова" not in told


def test_a_person_gets_no_document(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(json=False).document({"a": 1})
    assert capsys.readouterr().out == ""


def test_times_are_told_in_the_companys_zone() -> None:
    at = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert moment(at, ZoneInfo("Asia/Yekaterinburg")) == "23.11.2026 01:30:00"
    assert moment(None) == ""


def test_a_state_is_told_in_words_and_keeps_its_colour(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    in_terminal().table(("Состояние",), [(state("dead"),), ("dead",)])
    told = capsys.readouterr().out
    assert "\x1b[31mотказано" in told
    assert "\x1b[31mdead" not in told


def test_long_texts_elsewhere_are_wrapped_under_what_they_are_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Screen(json=False).cards(("Правило", "Если", "Что делает"), [("Привет", "", "слово " * 60)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Привет"
    assert lines[1].startswith("  Что делает: слово слово")
    assert all(line.startswith("    слово") for line in lines[2:])
    assert max(map(len, lines)) <= 100
    assert " ".join(lines).count("слово") == 60


def test_long_texts_in_a_terminal_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    in_terminal().cards(("Правило", "Если"), [("Привет", "всегда")])
    told = capsys.readouterr().out.splitlines()
    assert any("Правило" in line and "Если" in line for line in told)


GUID = "11111111-2222-3333-4444-555555555555"


def test_keys_and_names_are_not_broken_where_others_can_give_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    in_terminal().table(
        ("Ref_Key", "Code", "Description"), [(GUID, "00-000001", "Вычислительные системы " * 4)]
    )
    told = capsys.readouterr().out
    assert (GUID in told, "00-000001" in told) == (True, True)
    assert max(map(len, told.splitlines())) <= 80
    assert told.count("системы") == 4


def test_what_is_too_long_for_the_terminal_is_folded_and_never_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    in_terminal().table(("А", "Б"), [("а" * 70, "б" * 70)])
    told = capsys.readouterr().out
    assert (told.count("а"), told.count("б")) == (70, 70)
    assert max(map(len, told.splitlines())) <= 40


def test_sums_stand_under_each_other_by_their_kopecks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [("12", "1\u00a0052,98 ₽", "x"), ("3", "−14\u00a0000,00 ₽", "y"), ("", None, "z")]
    Screen(json=False).table(("№", "Сумма", "Что"), rows)
    assert capsys.readouterr().out.splitlines() == [
        " №         Сумма  Что",
        "12    1\u00a0052,98 ₽  x",
        " 3  −14\u00a0000,00 ₽  y",
        "                  z",
    ]
