"""Statements that real banks have written, with what stands in them."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path

from provodka.connectors.client_bank.balances import direction_of
from provodka.connectors.client_bank.reader import read_file

RECORDED = Path(__file__).parents[2] / "data" / "client_bank"


def test_a_statement_of_a_managing_company_is_understood_whole() -> None:
    found = read_file(RECORDED / "1CClientBankExchange.txt")
    header = found.header
    assert (header.version, header.encoding, header.claimed) == ("1.03", "utf-8", "Windows")
    assert (header.created_on, header.created_at) == (date(2022, 10, 27), time(15, 43, 31))
    assert found.accounts == {"40702810801500116391"}
    [section] = found.sections
    assert (section.opening, section.closing) == (Decimal("8300.00"), Decimal("135394.23"))
    assert section.difference == 0
    assert [one.number for one in found.documents] == ["61298", "6032", "656731", "239"]
    assert found.ended
    assert not found.bad


def test_each_document_of_it_has_its_values() -> None:
    demand, receipt, person, order = read_file(RECORDED / "1CClientBankExchange.txt").documents
    assert (demand.kind, demand.amount) == ("Платежное требование", Decimal(700))
    assert (receipt.amount, receipt.received) == (Decimal("1052.98"), date(2022, 4, 15))
    assert (receipt.payer.name, receipt.payer.inn) == ("Иванов Иван Иванович", "")
    assert receipt.payer.account == "40817810009980084396"
    assert (receipt.payer.bik, receipt.code) == ("044525593", "50133547364")
    assert person.purpose.startswith("ЛС 1234567; ул. Тестовая, д.123/2, кв.321;")
    assert (order.payee.inn, order.payee.kpp) == ("662707160737", "")
    assert (order.priority, order.operation) == ("5", "01")
    assert order.extra == (("СрокПлатежа", "18.04.2022"),)


def test_the_way_of_the_money_is_told_by_the_account() -> None:
    found = read_file(RECORDED / "1CClientBankExchange.txt")
    ways = [direction_of(one, found.accounts) for one in found.documents]
    assert ways == ["out", "in", "in", "out"]


def test_a_statement_that_leaves_documents_out_is_told_so() -> None:
    found = read_file(RECORDED / "1CClientBankExchange.txt")
    told = [note.text for note in found.all_notes if note.code == "turnover"]
    assert told == [
        "счет …6391: поступило 2681831.46, а по документам файла 2219.96",
        "счет …6391: списано 2554737.23, а по документам файла 14700",
    ]


def test_control_keys_of_real_accounts_are_right() -> None:
    found = read_file(RECORDED / "1CClientBankExchange.txt")
    wrong = [note for note in found.all_notes if note.code == "account_key"]
    # The account whose bank was renamed to 044525999 when the file was made anonymous.
    assert {note.line for note in wrong} <= {22, 36, 83, 96}


def test_the_same_day_in_two_encodings_is_the_same() -> None:
    windows = read_file(RECORDED / "one_day_cp1251.txt")
    unicode = read_file(RECORDED / "one_day_utf8.txt")
    assert (windows.header.encoding, unicode.header.encoding) == ("cp1251", "utf-8")
    assert windows.documents == unicode.documents
    assert windows.sections == unicode.sections


def test_each_document_of_the_day_has_its_values() -> None:
    found = read_file(RECORDED / "one_day_cp1251.txt")
    told = [(one.number, str(one.amount)) for one in found.documents]
    assert told[:6] == [
        ("697162", "83.23"),
        ("697140", "199.74"),
        ("697149", "271.87"),
        ("697160", "561.77"),
        ("697129", "1348.26"),
        ("697147", "1835.13"),
    ]
    assert [amount for _number, amount in told[6:]] == [
        *("2762.80", "10000.00", "10000.00", "14121.20", "6000.00", "14000.00", "20000.00"),
    ]
    assert {one.kind for one in found.documents[:6]} == {"Банковский ордер"}
    assert {one.kind for one in found.documents[6:]} == {"Платежное поручение"}
    for one in found.documents:
        moved = (one.written_off, one.received)
        assert sorted(filter(None, moved)) == [one.day] == [date(2016, 1, 11)]
        assert (one.payer.name, one.payer.inn) == ("Some random payer", "123123123123")
        assert (one.payee.name, one.purpose) == ("Some random payee", "Some random string")


def test_the_day_adds_up_to_the_kopeck() -> None:
    found = read_file(RECORDED / "one_day_cp1251.txt")
    [section] = found.sections
    assert section.difference == 0
    assert (section.received, section.written_off) == (Decimal("40000.00"), Decimal("41184.00"))
    spent = [one.amount for one in found.documents if direction_of(one, found.accounts) == "out"]
    received = [one.amount for one in found.documents if direction_of(one, found.accounts) == "in"]
    assert (sum(spent), sum(received)) == (section.written_off, section.received)
    assert not [note for note in found.all_notes if note.code in ("balance", "turnover")]
    assert len(found.documents) == 13
    assert found.documents[0].operation == "17"
    assert dict(found.documents[0].extra)["КвитанцияСодержание"] == "статус документа: Внешний"


def test_a_file_that_is_cut_off_in_its_header_is_no_silent_success() -> None:
    found = read_file(RECORDED / "1CClientBankExchange-Invalid.txt")
    assert not found.ended
    assert "no_end" in {note.code for note in found.all_notes}
    assert not found.documents
    assert dict([*found.header.extra, *found.sections[0].extra]) == {"НеизвестноеСвойство": "123"}
