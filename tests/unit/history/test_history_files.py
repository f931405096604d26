"""Files as programs save them: encodings, separators, headers, broken rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from provodka.flows.history.files import open_rows
from provodka.flows.history.kinds import KINDS
from provodka.flows.history.rows import Misfit, Reading, Row, find_layout
from provodka.foundation.errors import ConfigurationError, Misunderstood, SystemUnavailable

MOSCOW = ZoneInfo("Europe/Moscow")
ORDERS = KINDS["orders"]
RUSSIAN = "Клиент;Дата заказа;Товар;Количество;Сумма\nРоса;31.12.2025 18:00;Вода;2;1 234,50\n"
ENGLISH = "client,ordered_at,item,quantity,amount\nРоса,2025-12-31T18:00,Вода,2,1234.50\n"


def rows(path: Path) -> list[Row | Misfit]:
    file = open_rows(path)
    return list(Reading(file, ORDERS, find_layout(file, ORDERS), MOSCOW).rows())


def written(folder: Path, said: bytes, name: str = "orders.csv") -> Path:
    path = folder / name
    path.write_bytes(said)
    return path


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("said", [RUSSIAN, ENGLISH], ids=["russian", "english"])
def test_the_same_rows_come_out_of_every_encoding_and_language(
    tmp_path: Path, encoding: str, said: str
) -> None:
    [row] = rows(written(tmp_path, said.encode(encoding)))
    [plain] = rows(written(tmp_path, ENGLISH.encode(), "plain.csv"))
    assert isinstance(row, Row)
    assert isinstance(plain, Row)
    assert (row.values, row.key) == (plain.values, plain.key)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_the_one_that_makes_a_header(tmp_path: Path, separator: str) -> None:
    [row] = rows(written(tmp_path, ENGLISH.replace(",", separator).encode()))
    assert isinstance(row, Row)


def test_a_title_above_the_header_and_a_hint_of_the_separator_are_passed_over(
    tmp_path: Path,
) -> None:
    said = "sep=;\nЗаказы за декабрь\n\n" + RUSSIAN
    [row] = rows(written(tmp_path, said.encode("cp1251")))
    assert isinstance(row, Row)
    assert row.number == 5


def test_a_workbook_gives_the_same_row_as_a_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Заказы"])
    sheet.append(["Клиент", "Дата заказа", "Товар", "Количество", "Сумма"])
    sheet.append(["Роса", datetime(2025, 12, 31, 18), "Вода", 2.0, 1234.5])  # noqa: DTZ001
    path = tmp_path / "orders.xlsx"
    book.save(path)
    [row] = rows(path)
    [plain] = rows(written(tmp_path, ENGLISH.encode()))
    assert isinstance(row, Row)
    assert isinstance(plain, Row)
    assert row.key == plain.key


@pytest.mark.parametrize(
    ("line", "column", "found"),
    [
        ("Роса;31.12.2025;Вода;два;100", "Количество (quantity)", "«два»"),
        ("Роса;31.13.2025;Вода;2;100", "Дата заказа (ordered_at)", "«31.13.2025»"),
        (";31.12.2025;Вода;2;100", "Клиент (client)", "пусто"),
        ("Роса;31.12.2025;Вода;2;100,005", "Сумма (amount)", "«100,005»"),
    ],
)
def test_a_bad_row_names_its_file_row_and_column_and_what_was_expected(
    tmp_path: Path, line: str, column: str, found: str
) -> None:
    head, good = RUSSIAN.splitlines()
    [misfit, row] = rows(written(tmp_path, f"{head}\n{line}\n{good}\n".encode()))
    assert isinstance(misfit, Misfit)
    assert isinstance(row, Row)
    assert misfit.error.where == f"orders.csv, строка 2, столбец {column}"
    assert misfit.error.found == found
    assert misfit.error.expected


def test_more_values_than_columns_set_the_row_aside(tmp_path: Path) -> None:
    [misfit] = rows(written(tmp_path, (RUSSIAN.strip() + ";лишнее\n").encode()))
    assert isinstance(misfit, Misfit)


def test_a_damaged_byte_sets_its_own_row_aside_and_no_other(tmp_path: Path) -> None:
    head, good = RUSSIAN.encode().splitlines()
    bad = good.replace("Роса".encode(), "Рос".encode() + b"\xd0")
    found = rows(written(tmp_path, b"\n".join([head, *[good] * 20, bad, good])))
    assert [isinstance(one, Misfit) for one in found].count(True) == 1
    assert isinstance(found[20], Misfit)


def test_rows_that_are_alike_are_different_rows_in_the_same_order_each_time(
    tmp_path: Path,
) -> None:
    head, good = RUSSIAN.splitlines()
    path = written(tmp_path, f"{head}\n{good}\n{good}\n".encode())
    longer = written(tmp_path, f"{head}\n{good}\n{good}\n{good}\n".encode(), "longer.csv")
    keys = [one.key for one in rows(path)]
    assert len(set(keys)) == 2
    assert [one.key for one in rows(longer)][:2] == keys


def test_a_file_without_the_columns_says_which_are_missing(tmp_path: Path) -> None:
    path = written(tmp_path, "Клиент;Товар\nРоса;Вода\n".encode())
    with pytest.raises(ConfigurationError, match=r"ordered_at \(дата заказа\), quantity \("):
        rows(path)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\n\n",
        b"\x00\xff" * 40,
        b"\x00\xd8" * 40,
        b"PK\x03\x04 no workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"%PDF-1.7\n" + bytes(range(256)),
    ],
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, said: bytes) -> None:
    with pytest.raises((ConfigurationError, Misunderstood)):
        rows(written(tmp_path, said))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemUnavailable, match="nowhere"):
        open_rows(tmp_path / "nowhere.csv")
    with pytest.raises(SystemUnavailable, match="это папка"):
        open_rows(tmp_path)


def test_a_quotation_mark_left_open_stops_where_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provodka.flows.history.files.LONGEST", 2_000)
    head, good = RUSSIAN.splitlines()
    said = f'{head}\n"Роса;31.12.2025;Вода;2;100\n' + f"{good}\n" * 100
    with pytest.raises(Misunderstood, match="строка 2"):
        rows(written(tmp_path, said.encode()))


def test_a_column_of_the_contract_is_never_taken_for_a_synonym_of_another(tmp_path: Path) -> None:
    said = "client,status,item,quantity,amount,ordered_at,Состояние\nР,новый,В,1,2,20250101,x\n"
    path = written(tmp_path, said.encode())
    layout = find_layout(open_rows(path), ORDERS)
    assert layout.places[ORDERS.names.index("status")] == 1
    assert layout.unknown == ("Состояние",)


def test_broken_cells_are_kept_readable(tmp_path: Path) -> None:
    path = written(tmp_path, (RUSSIAN + "Роса;вчера;Вода;2;100\n").encode())
    file = open_rows(path)
    reading = Reading(file, ORDERS, find_layout(file, ORDERS), MOSCOW)
    misfit = next(one for one in reading.rows() if isinstance(one, Misfit))
    told: dict[str, Any] = dict(reading.told(misfit))
    assert told["row"] == 3
    assert told["cells"]["Дата заказа"] == "вчера"


def workbook(path: Path, *rows: tuple[Any, ...]) -> Path:
    """Orders as a spreadsheet saves them."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("Клиент", "Дата заказа", "Товар", "Количество", "Сумма"), *rows):
        sheet.append(row)
    book.save(path)
    return path


def rewritten(path: Path, part: str, change: Callable[[bytes], bytes]) -> Path:
    """The same workbook, one of its parts changed."""
    with ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with ZipFile(path, "w") as new:
        for name, said in parts.items():
            new.writestr(name, change(said) if name.endswith(part) else said)
    return path


ORDER = ("Роса", datetime(2025, 12, 31, 18), "Вода", 2, 1234.5)  # noqa: DTZ001


@pytest.mark.parametrize("told", [b"A1", b"A1:E2"])
def test_a_workbook_that_tells_its_size_wrong_is_read_to_its_end(
    tmp_path: Path, told: bytes
) -> None:
    path = workbook(tmp_path / "orders.xlsx", ORDER, ORDER, ORDER)
    rewritten(path, "sheet1.xml", lambda said: re.sub(rb'(?<=<dimension ref=")[^"]*', told, said))
    assert [isinstance(one, Row) for one in rows(path)] == [True] * 3


@pytest.mark.parametrize("part", ["sheet1.xml", "workbook.xml", "[Content_Types].xml"])
def test_a_workbook_that_is_damaged_inside_says_what_to_do(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path / "orders.xlsx", ORDER)
    rewritten(path, part, lambda said: said[: len(said) // 2])
    with pytest.raises(Misunderstood, match="сохраните книгу заново"):
        rows(path)


@pytest.mark.parametrize("failed", ["#N/A", "#ССЫЛКА!"])
def test_a_formula_that_has_failed_is_nobodys_name(tmp_path: Path, failed: str) -> None:
    [misfit] = rows(workbook(tmp_path / "orders.xlsx", (failed, *ORDER[1:])))
    assert isinstance(misfit, Misfit)
    assert failed in misfit.error.found


def test_a_header_over_two_columns_names_neither(tmp_path: Path) -> None:
    head, good = RUSSIAN.splitlines()
    path = written(tmp_path, f"{head};Сумма\n{good};5\n".encode())
    with pytest.raises(ConfigurationError, match=r"amount \(сумма\)"):
        rows(path)


@pytest.mark.parametrize("many", [1, 100])
def test_a_zero_byte_sets_its_own_row_aside_and_can_be_kept(tmp_path: Path, many: int) -> None:
    head, good = RUSSIAN.splitlines()
    said = "\n".join([head, *[good] * many, good.replace("Роса", "Ро\0са")])
    file = open_rows(written(tmp_path, said.encode()))
    reading = Reading(file, ORDERS, find_layout(file, ORDERS), MOSCOW)
    *fit, misfit = reading.rows()
    assert all(isinstance(one, Row) for one in fit)
    assert isinstance(misfit, Misfit)
    assert "\0" not in str(reading.told(misfit)) + misfit.error.found


def test_a_row_that_has_eaten_the_rest_of_the_file_says_how_much(tmp_path: Path) -> None:
    head, good = RUSSIAN.splitlines()
    said = f'{head}\n{good}\n"{good}\n{good}\n{good}\n'
    [_row, misfit] = rows(written(tmp_path, said.encode()))
    assert isinstance(misfit, Misfit)
    assert misfit.error.found.endswith("строк файла: 3")


def test_a_long_cell_is_not_repeated_whole(tmp_path: Path) -> None:
    head, good = RUSSIAN.splitlines()
    said = f"{head}\n" + good.replace("31.12.2025", "ы" * 90_000)
    [misfit] = rows(written(tmp_path, said.encode()))
    assert isinstance(misfit, Misfit)
    assert len(misfit.error.found) < 300


def test_sheets_that_nobody_reads_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "orders.xlsx", ORDER)
    book = openpyxl.load_workbook(path)
    for name in ("Ноябрь", "А & Б"):
        book.create_sheet(name)
    book.save(path)
    assert open_rows(path).left_sheets() == ("Ноябрь", "А & Б")
    assert open_rows(written(tmp_path, RUSSIAN.encode())).left_sheets() == ()
