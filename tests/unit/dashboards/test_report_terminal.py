"""The terminal: whatever its width, every word and every number is whole."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.unit.dashboards.samples import HARM, small_result

from provodka.dashboards.rendering.terminal import render_table
from provodka.dashboards.reports.funnel_columns import (
    cohort_columns,
    scenario_column,
    stage_column,
)
from provodka.dashboards.results import Cell, Column, Ratio, ReportResult, Table

STAGES = ("Информационное письмо", "Подготовка предложения", "Завершено успешно")
PART = Ratio(24, 24)


def wide_result(*scenarios: str) -> ReportResult:
    """The cohort table of the funnel, nine columns of it, as a company has it."""
    columns = (scenario_column(), stage_column(), *cohort_columns(30))
    numbers: tuple[Cell, ...] = (24, PART, PART, 0, PART, 24, 0, PART)
    rows = tuple((one, stage, *numbers) for one in scenarios for stage in STAGES)
    return replace(small_result(), charts=(), tables=(Table("cohort", "Воронка", columns, rows),))


def headings(text: str) -> set[str]:
    """The words that stand over the lines of tables."""
    paragraphs = re.split(r"\n *\n", text)
    return {
        word
        for paragraph in paragraphs
        if "───" in paragraph
        for word in paragraph.partition("───")[0].split()
    }


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_cut(width: int) -> None:
    text = render_table(wide_result("Ромашка"), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text


@pytest.mark.parametrize("width", [60, 80, 100, 130])
def test_every_column_is_there_under_its_whole_heading(width: int) -> None:
    titles = {word for column in cohort_columns(30) for word in column.title.split()}
    assert titles <= headings(render_table(wide_result("Ромашка"), width=width))


def test_at_eighty_columns_a_wide_table_goes_on_below_with_its_rows_named_again() -> None:
    text = render_table(wide_result("Ромашка"), width=80)
    assert [text.count(stage) for stage in STAGES] == [2, 2, 2]
    assert text.count("Воронка (продолжение)") == 1


def test_at_eighty_columns_a_ratio_stands_on_one_line_with_both_its_parts() -> None:
    text = render_table(wide_result("Ромашка"), width=80)
    assert text.count("100,0\u00a0% 24/24") == 4 * len(STAGES)


def test_a_wide_terminal_shows_the_same_table_in_one_piece() -> None:
    text = render_table(wide_result("Ромашка"), width=130)
    assert "продолжение" not in text
    assert [text.count(stage) for stage in STAGES] == [1, 1, 1]


def test_scenarios_are_named_in_every_part_of_a_divided_table() -> None:
    lines = render_table(wide_result("Опт", "Ромашка"), width=80).splitlines()
    assert [line.strip() for line in lines].count("Опт") == 2


def test_a_word_of_one_letter_stays_with_its_neighbour() -> None:
    assert "В работе" in render_table(wide_result("Ромашка"), width=80)


def test_a_long_name_is_broken_between_words_and_a_longer_word_anywhere() -> None:
    text = render_table(small_result(), width=60)
    joined = re.sub(r"\s+", "", text)
    assert "1234567,50" in joined
    assert max(map(len, text.splitlines())) <= 60
    assert HARM[:20] in text


def test_a_terminal_is_filled_and_a_file_has_the_usual_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    whole = render_table(wide_result("Ромашка"))
    assert whole == render_table(wide_result("Ромашка"), width=120)
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", screen)
    filled = render_table(wide_result("Ромашка"))
    assert filled == render_table(wide_result("Ромашка"), width=80) != whole


def test_a_sum_of_any_length_is_never_shortened() -> None:
    wide = small_result()
    rows = tuple(
        (*row[:4], Decimal("123456789012345678.90"), row[5]) for row in wide.tables[0].rows
    )
    table = replace(wide.tables[0], rows=rows)
    text = render_table(replace(wide, tables=(table,)), width=60)
    assert text.count("123\u202f456\u202f789\u202f012\u202f345\u202f678,90") == len(rows)


@pytest.mark.parametrize("width", [50, 80])
def test_a_table_of_many_texts_goes_on_below_and_loses_no_word(width: int) -> None:
    told = ["Поставка", "Водоканалстроймонтаж", "Екатеринбург", "Перезвонить", "Восстановление"]
    columns = tuple(Column(f"text_{n}", f"Столбец {n}", "text", "Что-то") for n in range(len(told)))
    table = Table("many", "Много слов", columns, (tuple(told),) * 2)
    text = render_table(replace(small_result(), charts=(), tables=(table,)), width=width)
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert all(text.count(word) >= 2 for word in told)
