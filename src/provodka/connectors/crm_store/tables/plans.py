"""What managers and departments are to reach: compared with fact by the report on plans."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index

from provodka.connectors.crm_store.tables.columns import (
    choice,
    day,
    document,
    number,
    ref,
    words,
)

__all__ = ["plan"]

plan = document(
    "plan",
    "Планы продаж: на период, по отгрузке, оплате или выигранным сделкам",
    day("first_day", "Первый день периода", nullable=False),
    day("last_day", "Последний день периода, включительно", nullable=False),
    choice("basis", ("shipped", "paid", "won"), "По чему сравнивается с фактом"),
    ref("manager_id", "employee", "Менеджер; пусто, если план отдела или компании"),
    ref("department_id", "department", "Отдел; пусто, если план менеджера или компании"),
    ref("product_id", "product", "Номенклатура; пусто, если план по всему"),
    number("amount", "Сумма с НДС; пусто, если план в количестве"),
    number("quantity", "Количество; пусто, если план в сумме"),
    words("currency", "Валюта суммы, ISO 4217", nullable=False, server_default="RUB"),
    words("comment", "Комментарий"),
    CheckConstraint("first_day <= last_day", name="period"),
    CheckConstraint("num_nonnulls(amount, quantity) = 1", name="one_measure"),
    CheckConstraint("amount = round(amount, 2)", name="amount_to_the_kopeck"),
    CheckConstraint("num_nonnulls(manager_id, department_id) <= 1", name="one_owner"),
    CheckConstraint("quantity IS NULL OR product_id IS NOT NULL", name="quantity_of_an_item"),
    CheckConstraint("basis <> 'paid' OR product_id IS NULL", name="payments_have_no_items"),
)
Index("ix_plan_period", plan.c.first_day, plan.c.last_day)
