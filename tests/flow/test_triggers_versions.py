"""Versions of rules: drafts do nothing, one version is in force, the switch is between deltas."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from tests.flow.test_triggers_time import company, rewritten
from tests.flow.test_triggers_time import deal as new_deal
from tests.flow.trigger_company import Company

from provodka.flows.triggers.publishing import LOCK, publish, register, releases
from provodka.foundation.errors import ConfigurationError
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.scenario import version_of
from provodka.trigger_rules.versions import book_of

RULES = """
quiet_hours: {from: '21:00', to: '09:00'}
robots:
  - name: remind
    title: Напомнить
    stage: second
    if: (deal.source ?? "") == ""
    do:
      - create_task: {subject: %s, due: {working_days: 1}}
      - set_field: {document: deal, field: source, value: '"%s"'}
"""


@pytest.fixture
def drafted(store: Engine, tmp_path: Path) -> Company:
    """A hub whose rules must be approved; the first text is only a draft."""
    one = company(store, tmp_path, RULES % ("Первое", "one"))
    one.execute("DELETE FROM hub.rule_release")
    read(one)
    return one


def read(one: Company) -> None:
    with one.engine.begin() as connection:
        register(connection, one.book, at_once=False)


def step(one: Company, name: Any, version: str = "", who: str = "Громова") -> None:
    with one.engine.begin() as connection:
        publish(connection, one.book, name, "remind", version, who)


def tasks(one: Company) -> list[str]:
    """What the rule does about a new deal."""
    key: UUID = new_deal(one)
    one.react(approved=True)
    return [subject for subject in one.tasks(key) if subject != "Позвонить"]


def states(one: Company) -> dict[str, str]:
    with one.engine.connect() as connection:
        return {row.version: row.state for row in releases(connection)}


@pytest.mark.requirement("R56")
def test_a_draft_does_nothing_until_it_is_approved_and_active(drafted: Company) -> None:
    assert "Первое" not in tasks(drafted)
    step(drafted, "approve")
    assert "Первое" not in tasks(drafted)
    step(drafted, "activate")
    assert "Первое" in tasks(drafted)
    [row] = drafted.rows("SELECT * FROM hub.rule_release")
    assert (row.approved_by, row.activated_by) == ("Громова", "Громова")


def test_a_changed_file_waits_and_the_old_version_goes_on(drafted: Company, tmp_path: Path) -> None:
    step(drafted, "approve")
    step(drafted, "activate")
    [first] = states(drafted)
    rewritten(drafted, tmp_path, RULES % ("Второе", "two"))
    read(drafted)
    assert "Первое" in tasks(drafted)
    step(drafted, "approve")
    step(drafted, "activate")
    assert "Второе" in tasks(drafted)
    assert states(drafted)[first] == "retired"
    step(drafted, "activate", first)
    assert "Первое" in tasks(drafted)
    versions = drafted.rows("SELECT DISTINCT rule_version FROM hub.effect WHERE rule = 'remind'")
    assert {row.rule_version for row in versions} == set(states(drafted))


def test_a_retired_rule_does_nothing(drafted: Company) -> None:
    step(drafted, "approve")
    step(drafted, "activate")
    step(drafted, "retire")
    assert "Первое" not in tasks(drafted)


def test_a_remembered_version_is_the_same_rule_as_its_file(
    drafted: Company, tmp_path: Path
) -> None:
    step(drafted, "approve")
    step(drafted, "activate")
    before = drafted.book.named["remind"]
    rewritten(drafted, tmp_path, RULES % ("Второе", "two"))
    with drafted.engine.connect() as connection:
        [after] = book_of(drafted.book, releases(connection, active=True)).rules
    assert (after.text, after.role, after.kind, after.quiet_hours) == (
        before.text, before.role, before.kind, before.quiet_hours,
    )  # fmt: skip
    assert after.version == version_of(after.text) == before.version


def test_what_is_not_ready_for_a_step_is_refused_with_its_versions(drafted: Company) -> None:
    with pytest.raises(ConfigurationError) as refused:
        step(drafted, "activate")
    assert "draft" in refused.value.found
    step(drafted, "approve")
    with pytest.raises(ConfigurationError):
        step(drafted, "retire")
    assert set(states(drafted).values()) == {"approved"}


def test_two_active_versions_of_a_rule_cannot_be(drafted: Company) -> None:
    step(drafted, "approve")
    step(drafted, "activate")
    with pytest.raises(IntegrityError), drafted.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO hub.rule_release (rule, version, state, role, approved_by)"
                " VALUES ('remind', 'another', 'active', 'rule', 'somebody')"
            )
        )


def test_versions_that_would_wake_each_other_for_ever_do_not_come_into_force(
    drafted: Company, tmp_path: Path
) -> None:
    ring = """
rules:
  - {name: remind, title: т, when: {event: document_changed, of: deal, field: amount},
     do: [{set_field: {document: deal, field: source, value: 'deal.title + (deal.source ?? "")'}}]}
"""
    back = """
rules:
  - {name: other, title: т, when: {event: document_changed, of: deal, field: source},
     do: [{set_field: {document: deal, field: amount, value: deal.amount + 1}}]}
"""
    for rules in (ring, back):
        rewritten(drafted, tmp_path, rules)
        read(drafted)
    with drafted.engine.begin() as connection:
        publish(connection, drafted.book, "approve", "other", "", "Громова")
        publish(connection, drafted.book, "activate", "other", "", "Громова")
    newest = version_of(RuleBook.load([tmp_path / "rules.yaml"]).named["other"].text)
    rewritten(drafted, tmp_path, ring)
    own = drafted.book.named["remind"].version
    step(drafted, "approve", own)
    with pytest.raises(ConfigurationError) as refused:
        step(drafted, "activate", own)
    assert refused.value.code == "rules_cycle"
    assert states(drafted)[own] == "approved"
    assert states(drafted)[newest] == "active"


def test_without_approval_files_are_in_force_at_once_and_remembered(
    store: Engine, tmp_path: Path
) -> None:
    one = company(store, tmp_path, RULES % ("Первое", "one"))
    [first] = states(one)
    rewritten(one, tmp_path, RULES % ("Второе", "two"))
    with one.engine.begin() as connection:
        register(connection, one.book, at_once=True)
    assert states(one) == {first: "retired", one.book.named["remind"].version: "active"}


def test_a_switch_waits_until_the_page_being_decided_is_over(drafted: Company) -> None:
    step(drafted, "approve")
    with drafted.engine.begin() as page:
        page.execute(LOCK)
        with drafted.engine.connect() as person:
            person.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError):
                publish(person, drafted.book, "activate", "remind", "", "Громова")
    assert set(states(drafted).values()) == {"approved"}
    step(drafted, "activate")
    assert set(states(drafted).values()) == {"active"}
