"""Files as nobody should send them: a named error, a section set aside or a remark."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from provodka.connectors.client_bank.reader import read_file
from provodka.connectors.client_bank.values import Statement
from provodka.foundation.errors import Misunderstood, SystemUnavailable

HOSTILE = Path(__file__).parents[2] / "data" / "hostile" / "bank"
NOT_STATEMENTS = ("empty", "html", "binary", "no_header", "bom_only")


def read(name: str) -> Statement:
    return read_file(HOSTILE / f"{name}.txt")


def bad(found: Statement) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in found.bad]


def numbers(found: Statement) -> list[str]:
    return [one.number for one in found.documents]


def codes(found: Statement) -> set[str]:
    return {note.code for note in found.all_notes}


@pytest.mark.parametrize("name", NOT_STATEMENTS)
def test_what_is_no_statement_is_refused_by_name(name: str) -> None:
    with pytest.raises(Misunderstood) as error:
        read(name)
    assert error.value.code == "not_a_statement"
    assert error.value.where.endswith(f"{name}.txt")


def test_a_file_that_is_not_there_is_told_as_unavailable() -> None:
    with pytest.raises(SystemUnavailable, match="не читается"):
        read("nowhere")


@pytest.mark.parametrize("path", sorted(HOSTILE.iterdir()), ids=lambda path: path.stem)
def test_no_file_is_read_in_silence(path: Path) -> None:
    if path.stem in NOT_STATEMENTS:
        return
    found = read_file(path)
    harmless = {"purpose_on_two_lines", "same_key_twice", "old_dates", "nul_and_controls", "utf16"}
    assert found.bad or found.all_notes or path.stem in harmless
    for section in found.bad:
        assert section.found
        assert section.expected
        assert section.wrong_line >= section.line


@pytest.mark.parametrize(
    ("name", "aside", "kept", "told"),
    [
        ("cut_in_a_document", [(14, "unfinished")], ["1"], "no_end"),
        ("cut_in_a_letter", [(14, "unfinished")], ["1"], "no_end"),
        ("no_end", [], ["1"], "no_end"),
        ("unclosed_document", [(5, "unfinished")], ["2"], ""),
        ("stray_end", [], ["1"], "stray_end"),
        ("section_in_a_document", [(5, "unfinished")], [], "stray_end"),
        ("duplicate_keys", [(5, "duplicate_key")], ["2"], ""),
        ("same_key_twice", [], ["1"], ""),
        ("no_accounts", [(5, "no_account")], [], ""),
        ("short_accounts", [], ["1"], "account_length"),
        ("long_line", [(5, "long_line")], ["2"], ""),
        ("many_lines", [(5, "too_long")], ["2"], ""),
        ("behind_the_end", [(15, "behind_end")], ["1"], ""),
        ("not_a_pair", [(5, "not_a_pair")], ["2"], ""),
        ("future_version", [], ["1"], "unknown_version"),
        ("two_versions", [], ["1"], "duplicate_key"),
        ("balances_disagree", [], ["1"], "balance"),
        ("bad_balance", [(5, "bad_amount")], ["1"], ""),
        ("wrong_key", [], ["1"], "account_key"),
    ],
)
def test_what_is_wrong_is_set_aside_or_remarked_and_the_rest_is_read(
    name: str, aside: list[tuple[int, str]], kept: list[str], told: str
) -> None:
    found = read(name)
    assert bad(found) == aside
    assert numbers(found) == kept
    assert told in codes(found) or not told


@pytest.mark.parametrize("name", ["bad_dates", "bad_amounts"])
def test_every_senseless_value_sets_its_own_document_aside(name: str) -> None:
    found = read(name)
    assert not found.documents
    assert len(found.bad) == (HOSTILE / f"{name}.txt").read_bytes().count(
        "СекцияДокумент".encode("cp1251")
    )
    wanted = {"bad_dates": {"bad_date"}, "bad_amounts": {"bad_amount", "missing_key"}}
    assert {one.code for one in found.bad} == wanted[name]


def test_sums_written_oddly_are_read_with_a_remark_and_to_the_kopeck() -> None:
    found = read("odd_amounts")
    odd = Decimal("1234.56")
    assert [one.amount for one in found.documents] == [
        odd, odd, odd, odd, Decimal("1234.5"), Decimal(700),
    ]  # fmt: skip
    assert [len(one.notes) for one in found.documents] == [1, 1, 1, 1, 1, 0]


def test_a_purpose_on_two_lines_is_one_text() -> None:
    assert read("purpose_on_two_lines").documents[0].purpose == "Оплата по счету 1 по договору 7"


def test_zero_bytes_and_control_characters_do_not_break_a_line() -> None:
    [document] = read("nul_and_controls").documents
    assert "\0" not in document.purpose
    assert document.purpose.startswith("Оплата по")


@pytest.mark.parametrize("name", ["utf16", "utf16_without_a_mark"])
def test_utf16_is_read_with_and_without_its_mark(name: str) -> None:
    assert read(name).documents[0].purpose == "Оплата по счету 1"


def test_a_document_in_another_encoding_does_not_spoil_the_rest() -> None:
    found = read("mixed_encodings")
    assert numbers(found) == ["1"]
    assert found.bad or codes(found) & {"outside", "stray_end"}


def test_the_quarantined_text_is_whole() -> None:
    [section] = read("not_a_pair").bad
    assert "Номер=1" in section.raw
    assert section.raw.endswith("без знака равно")


@pytest.mark.parametrize("make", [lambda line: f"{line}\n", lambda line: f"{line}\r"])
def test_any_line_end_will_do(make: Callable[[str], str], tmp_path: Path) -> None:
    whole = (HOSTILE / "no_end.txt").read_bytes().decode("cp1251")
    path = tmp_path / "other.txt"
    path.write_bytes("".join(make(line) for line in whole.splitlines()).encode("cp1251"))
    assert read_file(path).documents == read("no_end").documents
