"""A long statement is stored page by page: killed anywhere and taken again, nothing is doubled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine
from tests.flow.bank_desk import NOW, Desk, open_desk, receipt

from provodka.connectors.client_bank.files import StatementFile
from provodka.flows.bank.deciding import decide_all
from provodka.flows.bank.importing import Taken, import_file
from provodka.foundation.errors import SystemUnavailable
from provodka.mappings.bank.choosing import Thresholds

PAGE = 2
# One transaction asks whether the file is known, one whose tax numbers are ours.
BEFORE_PAGES = 2


@dataclass
class Dying:
    """Commits so many transactions, and dies inside the next one."""

    engine: Engine
    left: int

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            yield connection
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1


@pytest.fixture
def desk(store: Engine, tmp_path: Path) -> Desk:
    return open_desk(store, tmp_path)


def take(desk: Desk, path: Path) -> Taken:
    return import_file(desk.engine, desk.hub.settings, path, PAGE)


def kept(desk: Desk) -> list[tuple[str, int]]:
    found = desk.rows(
        "SELECT number, line FROM hub.bank_document JOIN hub.bank_mention ON document_id = id"
        " ORDER BY line"
    )
    return [(one.number, one.line) for one in found]


def test_a_file_killed_in_any_page_is_taken_again_without_doubling(desk: Desk) -> None:
    """Equal documents, told in one page and in several, are counted across pages and deaths."""
    path = desk.put("week.txt", *(receipt(number) for number in "1121311"))
    whole = [(number, 8 + 14 * place) for place, number in enumerate("1121311")]
    for pages in range(4):
        with pytest.raises(KeyboardInterrupt):
            import_file(Dying(desk.engine, BEFORE_PAGES + pages), desk.hub.settings, path, PAGE)
        assert kept(desk) == whole[: pages * PAGE]
        assert take_is_open(desk) == (pages > 0)
    taken = take(desk, path)
    assert (taken["read"], taken["new"], taken["same"]) == (7, 1, 6)
    assert kept(desk) == whole
    assert len({one.key for one in desk.documents()}) == 7
    [file] = desk.rows("SELECT * FROM hub.bank_file")
    assert (file.documents, file.set_aside, file.notes) == (7, 0, [])
    assert take(desk, path)["known_files"] == 1


def take_is_open(desk: Desk) -> bool:
    """Whether a file is begun and says of itself that it is not complete."""
    return any(
        note["code"] == "unfinished"
        for file in desk.rows("SELECT notes FROM hub.bank_file")
        for note in file.notes
    )


def test_a_long_file_without_its_end_is_known_for_one_from_its_first_page(desk: Desk) -> None:
    path = desk.put("week.txt", *(receipt(number) for number in "12345"), end=False)
    with pytest.raises(KeyboardInterrupt):
        import_file(Dying(desk.engine, BEFORE_PAGES + 1), desk.hub.settings, path, PAGE)
    [file] = desk.rows("SELECT ended FROM hub.bank_file")
    assert not file.ended
    taken = take(desk, path)
    assert [note.code for note in taken.notes] == ["no_end"]
    assert len(desk.documents()) == 5


def test_a_strange_account_told_of_at_the_end_refuses_the_file_before_any_page(desk: Desk) -> None:
    path = desk.put("week.txt", *(receipt(number) for number in "12345"), end=False)
    section = "СекцияРасчСчет\r\nРасчСчет=40702810100000009999\r\nКонецРасчСчет\r\nКонецФайла\r\n"
    path.write_bytes(path.read_bytes() + section.encode("cp1251"))
    taken = take(desk, path)
    assert taken.refused is not None
    assert taken.refused.code == "foreign_account"
    assert desk.documents() == []
    assert desk.rows("SELECT * FROM hub.bank_file") == []


def test_a_file_that_is_changed_meanwhile_is_left_for_the_next_time(desk: Desk) -> None:
    path = desk.put("week.txt", *(receipt(number) for number in "12345"))
    with StatementFile.open(path) as file:
        read = file.pages(file.outline(), PAGE)
        next(read)
        path.write_bytes(path.read_bytes() + b"\r\n")
        with pytest.raises(SystemUnavailable) as told:
            next(read)
    assert told.value.code == "bank_file_changed"


def test_the_banks_sums_are_compared_with_the_documents_of_all_pages(desk: Desk) -> None:
    path = desk.put("week.txt", *(receipt(number, "10.00") for number in "12345"), end=False)
    section = (
        "СекцияРасчСчет\r\nРасчСчет=40702810900000005555\r\nВсегоПоступило=50.01\r\n"
        "КонецРасчСчет\r\nКонецФайла\r\n"
    )
    path.write_bytes(path.read_bytes() + section.encode("cp1251"))
    [note] = take(desk, path).notes
    assert note.code == "turnover"
    assert "50.01" in note.text
    assert "50.00" in note.text


def test_a_document_of_nobody_knows_which_way_waits_for_a_person(desk: Desk) -> None:
    nobodys = {"ПлательщикСчет": "40702810100000009999", "ПолучательСчет": "40702810100000009998"}
    path = desk.put("day.txt", receipt("1", ДатаПоступило="", **nobodys))
    assert take(desk, path)["set_aside"] == 1
    [aside] = desk.aside()
    assert (aside.external_key, aside.code) == ("day.txt:8", "no_direction")


def test_decisions_page_by_page_never_pay_an_invoice_twice_and_go_on_after_a_death(
    desk: Desk,
) -> None:
    first, second = desk.invoice("СЧ00-000012"), desk.invoice("СЧ00-000013", "7.00")
    other = receipt("103", "7.00", НазначениеПлатежа="Оплата по счету №13 от 05.03.2026")
    take(desk, desk.put("day.txt", receipt("101"), receipt("102"), other))
    given = (Thresholds(), desk.hub.settings.zone, NOW, 1)
    with pytest.raises(KeyboardInterrupt):
        # Twins are joined and receipts looked up in transactions of their own.
        decide_all(Dying(desk.engine, 3), *given)
    assert (desk.paid(first), desk.paid(second)) == (Decimal("12200.00"), Decimal(0))
    counts = decide_all(desk.engine, *given)
    assert (counts["matched"], counts["undecided"]) == (1, 1)
    assert (desk.paid(first), desk.paid(second)) == (Decimal("12200.00"), Decimal("7.00"))
