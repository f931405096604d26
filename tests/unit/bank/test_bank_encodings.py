"""The encoding of a bank's file is what its bytes are, whatever the file claims."""

from __future__ import annotations

import io

import pytest

from provodka.connectors.client_bank.encodings import judge, judge_bytes
from provodka.connectors.client_bank.reader import read_bytes

TEXT = """1CClientBankExchange
ВерсияФормата=1.03
Кодировка={claim}
РасчСчет=40702810900000005555
СекцияДокумент=Платежное поручение
Номер=1
Дата=10.03.2026
Сумма=1.00
ПлательщикСчет=40702810600000001111
ПолучательСчет=40702810900000005555
НазначениеПлатежа={purpose}
КонецДокумента
КонецФайла
"""
TRUTHS = {"cp1251": "cp1251", "cp866": "cp866", "utf-8": "utf-8", "utf-8-sig": "utf-8"}
MEANT = {"Windows": "cp1251", "DOS": "cp866", "UTF-8": "utf-8"}


@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize("claim", ["Windows", "DOS", "UTF-8", "", "Чушь"])
@pytest.mark.parametrize("purpose", ["Оплата по счету № 5", "ОПЛАТА", "payment only", "ё"])
def test_every_claim_with_every_truth_is_read_right(truth: str, claim: str, purpose: str) -> None:
    found = read_bytes(TEXT.format(claim=claim, purpose=purpose).encode(truth))
    assert found.documents[0].purpose == purpose
    assert found.header.encoding == TRUTHS[truth]
    told = {note.code for note in found.header.notes}
    assert ("wrong_encoding_claimed" in told) == (MEANT.get(claim) != TRUTHS[truth])


@pytest.mark.parametrize("encoding", ["cp1251", "cp866"])
@pytest.mark.parametrize(
    "text",
    [
        "оплата",
        "ОПЛАТА",
        "Да",
        "Счет",
        "КонецФайла",
        "Номер",
        "вода 19 л",
        "ООО",
        "ИП Хъ",
        "Кодировка",
    ],
)
def test_a_few_letters_are_enough(text: str, encoding: str) -> None:
    assert judge_bytes(text.encode(encoding)).encoding == encoding


def test_pure_ascii_is_at_home_in_any_encoding() -> None:
    judged = judge_bytes(b"1CClientBankExchange\r\n")
    assert judged.ascii
    assert judged.damaged == 0


def test_a_text_cut_in_the_middle_of_a_letter_is_still_utf8() -> None:
    assert judge_bytes("Оплата по счету".encode()[:-1]).encoding == "utf-8"


def test_one_damaged_letter_does_not_make_another_encoding() -> None:
    judged = judge_bytes("Оплата по счету за воду и доставку".encode() + b"\xff")
    assert (judged.encoding, judged.damaged) == ("utf-8", 1)


def test_a_file_is_judged_whole_and_wound_back() -> None:
    handle = io.BytesIO(b"a" * 100_000 + "Оплата".encode("cp866"))
    assert judge(handle).encoding == "cp866"
    assert handle.tell() == 0
