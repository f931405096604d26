"""What the accounting base says stands between us and clients, and on the shelves."""

from __future__ import annotations

from sqlalchemy import Index, Table

from provodka.connectors.crm_store.tables.columns import (
    document,
    instant,
    money,
    number,
    ref,
    words,
)

__all__ = ["settlement_balance", "stock_balance"]


def _as_of() -> tuple[str, str]:
    return "as_of", "На какой момент прочитан этот остаток: на конец того дня; позже не менялся"


settlement_balance: Table = document(
    "settlement_balance",
    "Взаиморасчеты с клиентами по данным бухгалтерии; закрытые остаются нулями",
    ref("client_id", "client", "Клиент", nullable=False),
    ref("contract_id", "contract", "Договор"),
    ref("organization_id", "organization", "Наша организация"),
    words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
    money("client_debt", "Долг клиента"),
    money("our_debt", "Наш долг клиенту: авансы и переплаты"),
    instant(*_as_of(), nullable=False),
)
Index("ix_settlement_balance_client", settlement_balance.c.client_id)
Index("ix_settlement_balance_contract", settlement_balance.c.contract_id)

stock_balance: Table = document(
    "stock_balance",
    "Остатки номенклатуры по складам по данным бухгалтерии; кончившиеся остаются нулями",
    ref("product_id", "product", "Номенклатура", nullable=False),
    words("warehouse", "Склад; пусто, если остаток ведется не по складам"),
    ref("organization_id", "organization", "Наша организация"),
    number("quantity", "Количество", nullable=False, server_default="0"),
    money(
        "amount", "Сумма по учету; пусто, если база ее не ведет", nullable=True, server_default=None
    ),
    instant(*_as_of(), nullable=False),
)
Index("ix_stock_balance_product", stock_balance.c.product_id)
