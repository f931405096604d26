"""CSV, XLSX, JSON and the terminal: typed, Russian, and never a formula."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pyarrow.parquet
import pytest
from openpyxl import Workbook, load_workbook
from syrupy.assertion import SnapshotAssertion
from tests.unit.dashboards.samples import HARM, empty_result, small_result

from provodka.dashboards.rendering import FORMATS, render
from provodka.dashboards.rendering.spreadsheet_text import harmless
from provodka.dashboards.results import ReportResult
from provodka.foundation.errors import ConfigurationError


def opened(result: ReportResult, *, values: bool = False) -> Workbook:
    """The workbook of a result, as written, or as it looks when opened."""
    data = render(result, "xlsx")
    assert isinstance(data, bytes)
    return load_workbook(io.BytesIO(data), data_only=values)


@pytest.fixture
def book() -> Workbook:
    return opened(small_result())


def csv_rows() -> list[list[str]]:
    data = render(small_result(), "csv")
    assert isinstance(data, bytes)
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def test_the_terminal_shows_the_report_as_it_did(snapshot: SnapshotAssertion) -> None:
    assert render(small_result(), "table") == snapshot


def test_csv_begins_with_the_mark_that_excel_needs() -> None:
    data = render(small_result(), "csv")
    assert isinstance(data, bytes)
    assert data.startswith(b"\xef\xbb\xbf")


def test_csv_writes_numbers_as_a_russian_excel_reads_them() -> None:
    header, first, second, third = csv_rows()[4:8]
    assert header[3:6] == ["Конверсия, %", "Конверсия: числитель", "Конверсия: знаменатель"]
    assert first[2:] == ["1234", "61,70", "1234", "2000", "1234567,5", "21.11.2026 00:30"]
    assert second[3:] == ["", "0", "0", "-0,05", ""]
    assert third[3:6] == ["", "", ""]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\ufeff=1",
        "＝1",
        "＋1",
        "－1",
        "＠A1",
        HARM,
    ],
)
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "Счет", "5 = 5", "a@b.ru", "— нет", "'x"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_csv_never_begins_a_cell_with_a_formula() -> None:
    assert f"'{HARM}" in [cell for row in csv_rows() for cell in row]


def test_a_sheet_has_typed_cells(book: Workbook) -> None:
    sheet = book["Шаги"]
    first = [cell.value for cell in sheet[2]]
    assert first == [
        "Вода",
        "Заявка",
        1234,
        0.617,
        1234,
        2000,
        1234567.5,
        datetime.fromisoformat("2026-11-21T00:30"),
    ]
    assert [cell.data_type for cell in sheet[2]] == ["s", "s", "n", "n", "n", "n", "n", "d"]


def test_a_sheet_has_number_formats_that_excel_shows_in_russian(book: Workbook) -> None:
    formats = [cell.number_format for cell in book["Шаги"][2]]
    assert formats[2:] == ["#,##0", "0.0%", "#,##0", "#,##0", "#,##0.00", "dd.mm.yyyy hh:mm"]


def test_a_formula_in_a_sheet_is_only_text(book: Workbook) -> None:
    cell = book["Шаги"]["B3"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (HARM, "s", None)


def test_a_sheet_is_frozen_filtered_and_added_up(book: Workbook) -> None:
    sheet = book["Шаги"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:H4"
    assert [cell.value for cell in sheet[5]] == [
        *("Всего", None, "=SUBTOTAL(109,C2:C4)", None, None, None, "=SUBTOTAL(109,G2:G4)", None)
    ]
    assert sheet.column_dimensions["B"].width > sheet.column_dimensions["C"].width


def test_totals_have_their_values_before_anything_is_counted_again() -> None:
    totals = [cell.value for cell in opened(small_result(), values=True)["Шаги"][5]]
    assert totals == ["Всего", None, 1236, None, None, None, 1234567.45, None]


def test_a_total_of_more_rows_than_are_here_is_a_number_and_no_formula() -> None:
    result = small_result()
    [table] = result.tables
    sums = (None, None, 9, None, Decimal("12345678901234567.89"), None)
    cut = replace(result, tables=(replace(table, whole=5000, sums=sums),))
    totals = [cell.value for cell in opened(cut)["Шаги"][5]]
    assert totals == ["Всего", None, 9, None, None, None, "12345678901234567.89", None]


def test_a_workbook_that_is_not_to_be_trusted_opens_on_the_reason_why(book: Workbook) -> None:
    doubtful = opened(small_result(ok=False))
    assert book.active is book["Шаги"]
    assert doubtful.active is doubtful["Об отчете"]
    told = [(row[0].value, row[1].font.color) for row in doubtful["Об отчете"].iter_rows()]
    assert [name for name, color in told if color and color.rgb == "FFD63939"] == [
        "Доверять",
        "Баланс",
    ]
    assert all(sheet.sheet_properties.tabColor for sheet in doubtful.worksheets)


@pytest.mark.parametrize("form", ["csv", "html", "json", "parquet", "table", "xlsx"])
def test_what_is_not_to_be_trusted_says_so_and_why_in_every_form(form: str) -> None:
    told, trusted = (said(small_result(ok=ok), form) for ok in (False, True))
    assert "bill" in told
    assert any(word in told for word in ("нельзя доверять", "нет: проверка", '"trusted": false'))
    assert "bill" not in trusted


def said(result: ReportResult, form: str) -> str:
    """All that a file says in words."""
    data = render(result, form)
    if form == "parquet":
        assert isinstance(data, bytes)
        metadata = pyarrow.parquet.read_schema(io.BytesIO(data)).metadata
        words = {name.decode(): value.decode() for name, value in metadata.items()}
        return f'{words["why_not"]} "trusted": {str(words["trusted"] == "yes").lower()}'
    if form == "xlsx":
        cells = (row for sheet in opened(result) for row in sheet.iter_rows(values_only=True))
        return " ".join(str(cell) for row in cells for cell in row)
    return data.decode() if isinstance(data, bytes) else data


def test_a_table_longer_than_a_sheet_is_cut_in_words_and_added_up_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("provodka.dashboards.rendering.xlsx_file.MOST_ROWS", 2)
    sheet = opened(small_result())["Шаги"]
    assert sheet.auto_filter.ref == "A1:H3"
    assert [sheet.cell(4, column).value for column in (1, 3)] == ["Всего", 1236]
    assert "Первые 2 строк из 3" in str(sheet.cell(6, 1).value)


def test_columns_are_as_wide_as_what_they_show(book: Workbook) -> None:
    widths = book["Шаги"].column_dimensions
    # A moment takes 16 characters, 1 234 567,50 takes 12; three more for the arrow of the filter.
    assert 19 <= widths["H"].width < 21
    assert 15 <= widths["G"].width < 17


def test_tables_whose_titles_begin_alike_have_sheets_of_different_names() -> None:
    result = small_result()
    [table] = result.tables
    titles = ("Потеряны за период: плательщики", "Потеряны за период: точки доставки")
    book = opened(replace(result, tables=tuple(replace(table, title=one) for one in titles)))
    assert book.sheetnames[:2] == ["Потеряны за период", "Потеряны · точки доставки"]


def test_a_workbook_says_what_it_shows(book: Workbook) -> None:
    about = {row[0].value: row[1].value for row in book["Об отчете"].iter_rows()}
    assert about["Данные на"] == "22.11.2026 12:05"
    assert about["Период"] == "с 01.11.2026 по 30.11.2026"
    assert about["Шаги: сколько дошло · Сумма, ₽"] == "Сумма с НДС, ₽"


def test_json_keeps_sums_exact_and_ratios_whole() -> None:
    document = json.loads(render(small_result(), "json"))
    first = document["tables"][0]["rows"][0]
    assert first["sum"] == "1234567.5"
    assert first["share"] == {"value": "0.617", "numerator": 1234, "denominator": 2000}
    assert document["trusted"] is True


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_report_can_be_written_in_every_form(form: str) -> None:
    assert render(empty_result(), form)


def test_an_unknown_form_is_told_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="table, csv, xlsx, parquet, json, html, svg"):
        render(small_result(), "pdf")
