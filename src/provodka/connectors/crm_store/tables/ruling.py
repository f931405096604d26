"""Which version of each rule is in force and who has approved it; which rules keep failing."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, Table

from provodka.connectors.crm_store.tables.columns import (
    choice,
    instant,
    integer,
    json,
    metadata,
    words,
)

__all__ = ["rule_health", "rule_release", "rule_version"]

rule_version = Table(
    "rule_version",
    metadata,
    words("name", "Правило", primary_key=True),
    words("version", "Отпечаток", primary_key=True),
    words("source", "Текст правила", nullable=False),
    instant("loaded_at", "Когда загружена", now=True),
    schema="hub",
    comment="Версии правил и сценариев, которые когда-либо действовали",
)

rule_release = Table(
    "rule_release",
    metadata,
    words("rule", "Правило", nullable=False),
    words("version", "Отпечаток, текст по нему в hub.rule_version", nullable=False),
    choice("state", ("draft", "approved", "active", "retired"), "Черновик … снята"),
    words("role", "Правило, робот или триггер", nullable=False),
    words("scenario", "Сценарий, для которого написано"),
    words("approved_by", "Кто утвердил; files, если файлы действуют без утверждения"),
    words("activated_by", "Кто ввел в действие"),
    words("retired_by", "Кто снял"),
    instant("drafted_at", "Когда впервые прочитана из файла", now=True),
    instant("approved_at", "Когда утверждена"),
    instant("activated_at", "Когда введена в действие в последний раз"),
    instant("retired_at", "Когда снята в последний раз"),
    PrimaryKeyConstraint("rule", "version"),
    CheckConstraint(
        "state IN ('draft', 'retired') OR approved_by IS NOT NULL", name="approved_by_somebody"
    ),
    schema="hub",
    comment="Версии правил от черновика до снятия; действующая у правила одна",
)
Index(
    "ix_rule_release_active",
    rule_release.c.rule,
    unique=True,
    postgresql_where=rule_release.c.state == "active",
)

rule_health = Table(
    "rule_health",
    metadata,
    words("rule", "Правило", primary_key=True),
    words("version", "Версия, о которой счет: новая начинает с нуля", nullable=False),
    integer("failures", "Неудач подряд", nullable=False),
    instant("since", "Когда случилась первая из них", nullable=False),
    json("trouble", "Последняя неудача: код, что найдено, что делать", nullable=False),
    instant("disabled_at", "Когда выключено; пусто, пока работает"),
    schema="hub",
    comment="Правила, которые подряд не удаются; после десятой неудачи правило выключается",
)
