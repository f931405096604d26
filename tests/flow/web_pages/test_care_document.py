"""A document: its fields, versions, causes, letters; what of it each reader may see."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from tests.flow.web_pages.care_room import HOSTILE, NOW, Care, care_of

from provodka.connectors.crm_store import bindings
from provodka.connectors.crm_store.bindings import Binding
from provodka.dashboards.web.people.roles import Role
from provodka.flows.mail.boxes import files_folder
from provodka.flows.mail.files import FileStore
from provodka.flows.triggers.scenarios import sync_scenarios
from provodka.foundation.errors import DocumentError

PHONE = "+79123456789"


@pytest.fixture(scope="module")
def care(server: str, template: str) -> Iterator[Care]:
    """One company for all tests of this file."""
    with care_of(server, template) as opened:
        yield opened


def letter(care: Care, **values: object) -> UUID:
    given = {"direction": "incoming", "status": "received", "subject": "Вопрос", **values}
    return care.insert("message", "mail", **given)


def test_fields_lines_and_other_systems_stand_beside_each_other(care: Care) -> None:
    buyer = care.client("ООО Ландыш")
    invoice = care.invoice(buyer, "1200.50", comment="До подъезда")
    product = care.insert("product", name="Вода 19 л")
    care.execute(
        "INSERT INTO crm.invoice_lines (invoice_id, line, product_id, quantity, price, amount,"
        " vat_rate, vat_amount) VALUES (:id, 1, :product, 2.5, 480.2, 1200.50, 'vat22', 0)",
        id=invoice, product=product,
    )  # fmt: skip
    with care.engine.begin() as connection:
        bindings.save(connection, Binding("onec", "invoice", "ключ-1с", invoice, "AAA=", {}))
    page = care.sit(Role.ACCOUNTANT).get(f"/documents/invoice/{invoice}").text
    assert "1\u202f200,50" in page
    assert "До подъезда" in page
    assert f'<a href="/documents/client/{buyer}">ООО Ландыш</a>' in page
    assert f'<a href="/documents/product/{product}">Вода 19 л</a>' in page
    assert ">2,5</td>" in page
    assert "22%" in page
    assert "ключ-1с" in page


def test_the_history_tells_who_changed_what_from_what_to_what(care: Care) -> None:
    invoice = care.invoice(comment="К подъезду")
    care.execute("UPDATE crm.invoice SET comment = 'К воротам' WHERE id = :id", id=invoice)
    care.execute(
        "UPDATE crm.invoice SET due_date = '2026-12-01' WHERE id = :id", "onec", id=invoice
    )
    page = care.sit(Role.HEAD).get(f"/documents/invoice/{invoice}?show=history").text
    assert page.index("Версия 3") < page.index("Версия 2") < page.index("Версия 1")
    assert '<span class="was">К подъезду</span>' in page
    assert '<span class="became">К воротам</span>' in page
    assert "сотрудник Котов" in page
    assert "обмен" in page


def test_sums_are_written_alike_in_the_fields_the_history_and_the_life(care: Care) -> None:
    invoice = care.invoice(amount="1200")
    care.execute("UPDATE crm.invoice SET amount = 1345000.5 WHERE id = :id", id=invoice)
    reader = care.sit(Role.ACCOUNTANT)
    for side in ("now", "history", "life"):
        page = reader.get(f"/documents/invoice/{invoice}?show={side}").text
        assert "1\u202f345\u202f000,50" in page, side
        assert "1345000.5" not in page, side


def test_a_deal_tells_its_stage_by_the_name_that_people_gave_it(care: Care) -> None:
    with care.engine.begin() as connection:
        sync_scenarios(connection, care.hub.book)
    deal = care.insert("deal", title="Вода", client_id=care.client(), scenario="romashka",
                       stage="info_letter")  # fmt: skip
    page = care.sit(Role.ANALYST).get(f"/documents/deal/{deal}").text
    assert "<dd>Информационное письмо</dd>" in page
    assert "info_letter" not in page


def test_causes_and_consequences_are_nested_under_each_other(care: Care) -> None:
    deal = care.insert("deal", title="Кулеры", client_id=care.client(), kind="unstaged")
    cause = care.value("SELECT max(id) FROM hub.delta WHERE document = :id", id=deal)
    with care.engine.begin() as connection:
        connection.exec_driver_sql("SELECT set_config('hub.origin', 'rule:greet', true)")
        connection.exec_driver_sql(f"SELECT set_config('hub.cause', '{cause}', true)")
        connection.exec_driver_sql(
            f"INSERT INTO crm.task (subject, deal_id) VALUES ('Перезвонить', '{deal}')"
        )
    page = care.sit(Role.ANALYST).get(f"/documents/deal/{deal}?show=life").text
    tree = page.split('<ul class="life">')[1]
    assert tree.index("сделка") < tree.index("<ul>") < tree.index("задача Перезвонить")
    assert "правило greet" in tree


def test_a_letter_is_text_whatever_it_was_made_of(care: Care) -> None:
    markup = f"<p>Здравствуйте</p><style>p {{}}</style>{HOSTILE}<img src=x onerror=alert(1)>"
    deal = care.insert("deal", title="Вода", client_id=care.client(), kind="unstaged")
    letter(care, deal_id=deal, subject=HOSTILE, html=markup, sender="a@b.ru")
    page = care.sit(Role.HEAD).get(f"/documents/deal/{deal}?show=talk").text
    assert "Здравствуйте" in page
    assert "<script>alert" not in page
    assert "onerror" not in page
    assert "&lt;script&gt;" in page


def test_calls_of_a_client_are_listed_with_their_outcome(care: Care) -> None:
    buyer = care.client()
    care.insert("call", source="office", call_key=str(uuid4()), direction="incoming",
                outcome="missed", started_at=NOW, client_id=buyer, client_number=PHONE)  # fmt: skip
    page = care.sit(Role.HEAD).get(f"/documents/client/{buyer}?show=talk").text
    assert PHONE in page
    assert "пропущен" in page
    assert PHONE not in care.sit(Role.ANALYST).get(f"/documents/client/{buyer}?show=talk").text


@pytest.mark.requirement("R118")
@pytest.mark.parametrize("side", ["now", "history", "life"])
def test_a_persons_name_and_telephone_are_shown_by_role_on_every_side(
    care: Care, side: str
) -> None:
    person = care.client("Иванов Иван", kind="individual", phone=PHONE)
    care.execute("UPDATE crm.client SET source = 'сайт' WHERE id = :id", id=person)
    address = f"/documents/client/{person}?show={side}"
    engineer = care.sit(Role.ENGINEER).get(address).text
    assert "Иванов" not in engineer
    assert PHONE not in engineer
    head = care.sit(Role.HEAD).get(address).text
    assert "Иванов Иван" in head
    assert PHONE in head


def test_a_companys_name_is_nobodys_secret(care: Care) -> None:
    company = care.client("ООО Василек")
    page = care.sit(Role.ENGINEER).get(f"/documents/client/{company}").text
    assert page.count("ООО Василек") >= 2


@pytest.fixture
def attached(care: Care) -> tuple[UUID, str]:
    """A letter with a file that was given a hostile name."""
    content = b"%PDF-1.7 <script>"
    digest = hashlib.sha256(content).hexdigest()
    FileStore(files_folder(care.hub)).keep(digest, lambda: io.BytesIO(content))
    owner = letter(care, client_id=care.client())
    care.execute(
        "INSERT INTO hub.message_file (message_id, number, name, content_type, size, sha256)"
        " VALUES (:id, 1, :name, 'text/html', 17, :sha256)",
        id=owner, name='../../счет "1"\r\nX-Evil: 1.html', sha256=digest,
    )  # fmt: skip
    return owner, digest


def test_a_file_is_given_as_a_file_under_a_harmless_name(
    care: Care, attached: tuple[UUID, str]
) -> None:
    owner, digest = attached
    answer = care.sit(Role.ACCOUNTANT).get(f"/documents/files/{owner}/{digest}")
    assert answer.content == b"%PDF-1.7 <script>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''..%2F")
    assert "x-evil" not in answer.headers
    assert "sandbox" in answer.headers["content-security-policy"]
    noted = "SELECT count(*) FROM hub.audit WHERE what = 'exported' AND document = :id"
    assert care.value(noted, id=owner) == 1


@pytest.mark.parametrize("name", ["..%2F..%2Fhub.yaml", "%2Fetc%2Fpasswd", "ab", "a" * 64])
def test_nothing_but_files_of_that_letter_is_given(
    care: Care, attached: tuple[UUID, str], name: str
) -> None:
    owner, digest = attached
    reader = care.sit(Role.HEAD)
    assert reader.get(f"/documents/files/{owner}/{name}").status_code == 404
    other = letter(care)
    assert reader.get(f"/documents/files/{other}/{digest}").status_code == 404


def test_a_file_that_is_gone_from_the_folder_is_explained(
    care: Care, attached: tuple[UUID, str]
) -> None:
    owner, digest = attached
    path = FileStore(files_folder(care.hub)).path(digest)
    path.unlink()
    answer = care.sit(Role.HEAD).get(f"/documents/files/{owner}/{digest}")
    assert answer.status_code == 422
    with pytest.raises(DocumentError):
        FileStore(files_folder(care.hub)).open(digest)


@pytest.mark.requirement("R83")
def test_a_document_of_another_department_is_as_good_as_none(care: Care) -> None:
    ours, theirs = (care.insert("department", name=name) for name in ("Наш", "Чужой"))
    people = [
        care.insert("employee", name="Сотрудник", role="manager", department_id=one)
        for one in (ours, theirs)
    ]
    deals = [
        care.insert("deal", title="Сделка", client_id=care.client(), kind="unstaged",
                    responsible_id=one)
        for one in people
    ]  # fmt: skip
    letters = [letter(care, deal_id=one) for one in deals]
    reader = care.sit(Role.HEAD, departments=[ours])
    statuses = [
        [reader.get(f"/documents/{kind}/{one}").status_code for one in documents]
        for kind, documents in (("deal", deals), ("message", letters))
    ]
    assert statuses == [[200, 404], [200, 404]]


@pytest.mark.parametrize("kind", ["person", "delta", "invoice_lines", "..", "nothing"])
def test_there_are_no_documents_but_those_of_the_company(care: Care, kind: str) -> None:
    assert care.sit(Role.HEAD).get(f"/documents/{kind}/{uuid4()}").status_code == 404


def test_a_side_that_is_none_is_explained(care: Care) -> None:
    answer = care.sit(Role.HEAD).get(f"/documents/client/{care.client()}?show=inside")
    assert answer.status_code == 422
    assert "history" in answer.text
