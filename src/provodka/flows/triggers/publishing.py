"""Which versions of rules are in force: read from files, approved by people, switched at once.

Every switch holds the lock of the rules' stream, and the stream asks at the start of each page:
so a page is decided whole by the old versions or whole by the new ones.
"""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert

from provodka.connectors.crm_store.tables.ruling import rule_release, rule_version
from provodka.trigger_rules.book import RuleBook
from provodka.trigger_rules.scenario import normalized
from provodka.trigger_rules.versions import Release, Step, book_of, chosen

__all__ = [
    "AT_WORK",
    "FILES",
    "LOCK",
    "NOBODY_AT_WORK",
    "TRY_LOCK",
    "in_force",
    "publish",
    "register",
    "releases",
]

FILES = "files"
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('stream:triggers', 0))")
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('stream:triggers', 0))")
AT_WORK = "SELECT pg_advisory_lock_shared(hashtextextended('lane:triggers', 0))"
"""Taken for good by the session of whoever applies the rules as soon as something changes."""
NOBODY_AT_WORK = text("""
    SELECT pg_try_advisory_xact_lock(hashtextextended('lane:triggers', 0)) OR EXISTS (
        SELECT FROM hub.cursor WHERE stream = 'triggers' AND moved_at < now() - interval '1 minute')
""")
"""Or they have not moved for a minute: perhaps they cannot."""
NOW = text("now()")
RETIRE_OTHERS = text("""
    UPDATE hub.rule_release SET state = 'retired', retired_by = :who, retired_at = now()
    WHERE state = 'active' AND NOT (rule || '|' || version = ANY(CAST(:kept AS text[])))
""")
log = structlog.get_logger("provodka.triggers")


def releases(connection: Connection, *, active: bool = False) -> list[Release]:
    """Every version known, or only those in force; by rule, oldest first."""
    one = rule_release.c
    query = (
        select(*(column for column in one), rule_version.c.source)
        .join(
            rule_version,
            (rule_version.c.name == one.rule) & (rule_version.c.version == one.version),
        )
        .order_by(one.rule, one.drafted_at, one.version)
    )
    if active:
        query = query.where(one.state == "active")
    return [Release(**row._mapping) for row in connection.execute(query)]


def in_force(connection: Connection, files: RuleBook) -> RuleBook:
    """The book of the versions that people have put in force.

    Raises `ConfigurationError` if one of them fits the files no more.
    """
    return book_of(files, releases(connection, active=True))


def register(connection: Connection, book: RuleBook, *, at_once: bool) -> None:
    """Remember the versions that files say: as drafts, or `at_once` as the ones in force.

    Repeating changes nothing.
    """
    said = [
        {"name": rule.name, "version": rule.version, "source": normalized(rule.text)}
        for rule in book.rules
    ]
    drafts = [
        {
            "rule": rule.name,
            "version": rule.version,
            "role": rule.role,
            "scenario": rule.scenario.code if rule.scenario else None,
        }
        for rule in book.rules
    ]
    if said:
        connection.execute(insert(rule_version).on_conflict_do_nothing(), said)
        connection.execute(insert(rule_release).on_conflict_do_nothing(), drafts)
    if at_once:
        _activate_files(connection, book)


def _activate_files(connection: Connection, book: RuleBook) -> None:
    """The files are in force as they are: what they say is active and nothing else is."""
    wanted = {(rule.name, rule.version) for rule in book.rules}
    active = select(rule_release.c.rule, rule_release.c.version)
    rows = connection.execute(active.where(rule_release.c.state == "active"))
    if {(row.rule, row.version) for row in rows} == wanted:
        return
    connection.execute(LOCK)
    kept = [f"{name}|{version}" for name, version in wanted]
    connection.execute(RETIRE_OTHERS, {"who": FILES, "kept": kept})
    one = rule_release.c
    named = (one.rule + "|" + one.version).in_(kept)
    changed = update(rule_release).where(named, one.state != "active")
    approved = {"approved_by": FILES, "approved_at": NOW}
    connection.execute(changed.where(one.approved_by.is_(None)).values(approved))
    activated = {"state": "active", "activated_by": FILES, "activated_at": NOW}
    connection.execute(changed.values(activated))


def publish(
    connection: Connection, files: RuleBook, step: Step, rule: str, version: str, who: str
) -> Release:
    """Approve, activate or retire a version by a person's word; returns it as it was before.

    The version that was active until now is retired in the same transaction. Raises
    `ConfigurationError` when no version is ready for it, or the rules in force would then not
    fit together; nothing is changed then.
    """
    connection.execute(LOCK)
    one = chosen(releases(connection), step, rule, version)
    if step == "approve":
        _mark(connection, one, state="approved", approved_by=who, approved_at=NOW)
    else:
        retired = {"state": "retired", "retired_by": who, "retired_at": NOW}
        old = (rule_release.c.rule == rule, rule_release.c.state == "active")
        connection.execute(update(rule_release).where(*old).values(retired))
    if step == "activate":
        _mark(connection, one, state="active", activated_by=who, activated_at=NOW)
        in_force(connection, files)
    log.info("rule_published", step=step, rule=rule, version=one.version)
    return one


def _mark(connection: Connection, one: Release, **said: Any) -> None:
    which = (rule_release.c.rule == one.rule, rule_release.c.version == one.version)
    connection.execute(update(rule_release).where(*which).values(said))
