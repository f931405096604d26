"""Files of documents go with the letters that rules send."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from tests.flow.cli_program import Run, add_deal, document, program
from tests.flow.trigger_company import Company

from provodka.flows.mail.document_files import LARGEST, enclose_file, enclosed_files
from provodka.flows.mail.files import FileStore
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.trigger_rules.book import RuleBook

RULE = """
rules:
  - name: bill
    title: Счет с печатной формой
    when: invoice_posted
    do:
      - send_letter: {to: client, template: invoice, attach: [ATTACH]}
      - notify: {to: head, subject: Счет, text: Счет отправлен}
"""
HEADING = "%PDF-1.7 "


@pytest.fixture
def kept(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def company(store: Engine, tmp_path: Path, attach: str = "invoice") -> Company:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE.replace("ATTACH", attach), encoding="utf-8")
    return Company(store, RuleBook.load([path]))


def enclosed(
    company: Company, kept: FileStore, folder: Path, key: tuple[str, UUID], name: str
) -> None:
    file = folder / name
    file.write_text(HEADING + name, encoding="utf-8")
    with company.engine.begin() as connection:
        enclose_file(connection, kept, key, file, "Орлова")


def unposted_invoice(company: Company) -> UUID:
    deal = company.deal(kind="unstaged", scenario=None, stage=None)
    return company.invoice(deal, posted=False)


def files(company: Company) -> list[Any]:
    return company.rows(
        "SELECT f.number, f.name, f.content_type FROM hub.message_file f"
        " JOIN crm.message m ON m.id = f.message_id WHERE m.direction = 'outgoing'"
        " ORDER BY f.number"
    )


def test_the_files_of_an_invoice_go_with_its_letter(
    store: Engine, tmp_path: Path, kept: FileStore
) -> None:
    one = company(store, tmp_path)
    invoice = unposted_invoice(one)
    for name in ("счет.pdf", "договор.docx"):
        enclosed(one, kept, tmp_path, ("invoice", invoice), name)
    one.update("invoice", invoice, posted=True)
    one.react()
    assert [(row.number, row.name) for row in files(one)] == [(1, "счет.pdf"), (2, "договор.docx")]
    assert files(one)[0].content_type == "application/pdf"
    [letter] = one.letters("invoice")
    assert letter.attachments == ["счет.pdf", "договор.docx"]


def test_without_a_file_there_is_no_letter_and_it_is_said(
    store: Engine, tmp_path: Path, kept: FileStore
) -> None:
    one = company(store, tmp_path)
    invoice = unposted_invoice(one)
    one.update("invoice", invoice, posted=True)
    one.react()
    [aside] = one.set_aside()
    assert aside.code == "no_file:bill"
    assert one.letters("invoice") == []
    assert [row.subject for row in one.letters()] == ["Счет"]


def test_what_a_client_has_sent_is_forwarded(store: Engine, tmp_path: Path) -> None:
    one = Company(store, RuleBook.load([_forwarding(tmp_path)], [tmp_path / "templates"]))
    letter = one.insert(
        "message", direction="incoming", status="received", client_id=one.client, kind="person",
        sender="buyer@landysh.test",
    )  # fmt: skip
    one.execute(
        "INSERT INTO hub.message_file (message_id, number, name, content_type, size, sha256)"
        " VALUES (:id, 1, 'заявка.xlsx', 'application/vnd.ms-excel', 5, 'aa')",
        id=letter,
    )
    one.react()
    assert [row.name for row in files(one)] == ["заявка.xlsx"]


def _forwarding(folder: Path) -> Path:
    path = folder / "forward.yaml"
    path.write_text(
        "rules:\n  - name: forward\n    title: Переслать\n    when: mail_received\n    do:\n"
        "      - send_letter: {to: head, template: hello, attach: [message]}\n",
        encoding="utf-8",
    )
    templates = folder / "templates" / "hello"
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "subject.txt").write_text("Письмо клиента", encoding="utf-8")
    (templates / "text.txt").write_text("См. вложение", encoding="utf-8")
    return path


def test_an_unknown_document_is_refused_at_load(store: Engine, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as told:
        company(store, tmp_path, "invoise")
    assert "возможно, «invoice»" in str(told.value)


def test_a_file_of_the_same_name_takes_the_place_of_the_former(
    store: Engine, tmp_path: Path, kept: FileStore
) -> None:
    one = company(store, tmp_path)
    key = ("invoice", unposted_invoice(one))
    file = tmp_path / "счет.pdf"
    with one.engine.begin() as connection:
        for content in ("первый", "второй, исправленный"):
            file.write_text(content, encoding="utf-8")
            enclose_file(connection, kept, key, file, "Орлова")
        [found] = enclosed_files(connection, key)
    with kept.open(found.sha256) as content_of:
        assert content_of.read().decode() == "второй, исправленный"


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_a_file_that_no_letter_would_carry_is_refused(
    store: Engine, tmp_path: Path, kept: FileStore, size: int
) -> None:
    file = tmp_path / "x.pdf"
    with file.open("wb") as made:
        made.truncate(size)
    with store.begin() as connection, pytest.raises(DocumentError):
        enclose_file(connection, kept, ("invoice", UUID(int=1)), file, "Орлова")


def test_a_name_leads_out_of_no_folder(store: Engine, tmp_path: Path, kept: FileStore) -> None:
    file = tmp_path / "x.pdf"
    file.write_text("x", encoding="utf-8")
    with store.begin() as connection:
        key = ("invoice", UUID(int=1))
        made = enclose_file(connection, kept, key, file, "Орлова", name="../../etc/passwd.pdf")
    assert made.name == "passwd.pdf"


def test_a_person_encloses_a_file_by_a_command(
    store: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: Run = program(store_url, tmp_path, monkeypatch)
    with store.begin() as connection:
        deal = add_deal(connection)
    file = tmp_path / "договор.pdf"
    file.write_text("текст", encoding="utf-8")
    done = run("mail", "enclose", str(deal), str(file), "--who", "Орлова", "--json")
    assert document(done) == [{"name": "договор.pdf", "size": 10}]
    assert "Орлова" in run("mail", "enclose", str(deal)).stdout


def test_a_document_without_files_is_said_to_have_none(
    store: Engine, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: Run = program(store_url, tmp_path, monkeypatch)
    with store.begin() as connection:
        deal = add_deal(connection)
    assert "файлов нет" in run("mail", "enclose", str(deal)).stdout
