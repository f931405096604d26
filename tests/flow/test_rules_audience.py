"""Audiences go out as hashes in the form that advertising systems take, and with consent only."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.flow.cli_program import Run, document, program
from tests.flow.trigger_company import Company

from provodka.flows.triggers.audiences import members
from provodka.trigger_rules.book import RuleBook

RULE = """
rules:
  - name: buyers
    title: Покупатели
    when: {document_created: deal}
    do: [{add_to_audience: {audience: buyers}}]
"""
EMAIL, PHONE, DIGITS = "buyer@landysh.test", "+79990000001", "79990000001"


def sha(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


@pytest.fixture
def company(store: Engine, tmp_path: Path) -> Company:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE, encoding="utf-8")
    one = Company(store, RuleBook.load([path]))
    one.update("client", one.client, email=" Buyer@Landysh.TEST", phone="8 (999) 000-00-01")
    one.deal(kind="unstaged", scenario=None, stage=None)
    one.react()
    one.update("client", one.client, phone=PHONE)
    return one


@pytest.fixture
def run(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    return program(store_url, tmp_path, monkeypatch)


def agree(company: Company) -> None:
    company.insert("consent", client_id=company.client, purpose="advertising")


def out(company: Company, *, digits: bool = False) -> list[tuple[str, str]]:
    with company.engine.connect() as connection:
        return [(m.email, m.phone) for m in members(connection, "buyers", digits=digits)]


def test_contacts_go_out_as_hashes_of_their_usual_writing(company: Company) -> None:
    agree(company)
    assert out(company) == [(sha(EMAIL), sha(PHONE))]
    assert out(company, digits=True) == [(sha(EMAIL), sha(DIGITS))]


def test_nobody_goes_out_without_consent_or_after_taking_it_back(company: Company) -> None:
    assert out(company) == []
    agree(company)
    company.execute("UPDATE crm.consent SET withdrawn_at = now()")
    assert out(company) == []


def test_a_consent_to_something_else_is_none(company: Company) -> None:
    company.insert("consent", client_id=company.client, purpose="mail_opens")
    assert out(company) == []


def test_a_client_who_was_deleted_does_not_go_out(company: Company) -> None:
    agree(company)
    company.execute("UPDATE crm.client SET deleted_at = now()")
    assert out(company) == []


def test_a_client_merged_into_another_goes_by_the_others_consent(company: Company) -> None:
    kept = company.insert("client", name="ООО Ландыш, главный")
    company.execute(
        "UPDATE crm.client SET merged_into_id = :kept, deleted_at = now() WHERE id = :id",
        kept=kept,
        id=company.client,
    )
    assert out(company) == []
    company.insert("consent", client_id=kept, purpose="advertising")
    assert len(out(company)) == 1


def test_a_phone_that_has_changed_is_not_rewritten(company: Company) -> None:
    agree(company)
    company.update("client", company.client, phone="+79995550000")
    assert out(company) == [(sha(EMAIL), sha(PHONE))]
    assert out(company, digits=True) == [(sha(EMAIL), "")]


def test_the_command_lists_audiences_and_writes_one_as_csv(
    run: Run, company: Company, tmp_path: Path
) -> None:
    agree(company)
    listed = document(run("rules", "audience", "--json"))
    assert listed["audiences"] == [{"name": "buyers", "clients": 1, "agreed": 1}]
    file = tmp_path / "buyers.csv"
    done = run("rules", "audience", "buyers", "--output", str(file))
    assert file.read_text(encoding="utf-8") == f"email,phone\n{sha(EMAIL)},{sha(PHONE)}\n"
    assert "клиентов 1" in done.stdout
    assert EMAIL not in done.stdout


def test_an_unknown_audience_is_told_with_the_known_ones(run: Run, company: Company) -> None:
    done = run("rules", "audience", "byers", "--json")
    assert done.exit_code != 0
    [error] = document(done)["errors"]
    assert error["expected"] == "buyers"
