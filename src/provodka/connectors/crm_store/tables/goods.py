"""What the company sells and for how much."""

from __future__ import annotations

from sqlalchemy import Index

from provodka.connectors.crm_store.tables.columns import (
    choice,
    day,
    document,
    number,
    ref,
    words,
)

__all__ = ["VAT_RATES", "price", "product"]

VAT_RATES = ("vat22", "vat20", "vat10", "vat0", "none", "vat22_122", "vat20_120", "vat10_110")

product = document(
    "product",
    "Номенклатура: товары, услуги, возвратная тара",
    words("name", "Наименование", nullable=False),
    words("full_name", "Полное наименование"),
    words("code", "Код"),
    words("article", "Артикул"),
    choice("kind", ("goods", "service", "returnable"), "Вид номенклатуры"),
    words("unit", "Единица измерения", server_default="шт"),
    choice("vat_rate", VAT_RATES, "Ставка НДС"),
)
Index("ix_product_code", product.c.code)

price = document(
    "price",
    "Цены: прайс-лист и цены по договорам",
    ref("product_id", "product", "Номенклатура", nullable=False),
    ref("client_id", "client", "Клиент, если цена по договору; пусто в прайс-листе"),
    number("amount", "Цена за единицу с НДС", nullable=False),
    words("currency", "Валюта, ISO 4217", nullable=False, server_default="RUB"),
    day("valid_from", "С какого дня действует", nullable=False),
)
Index("ix_price_product", price.c.product_id, price.c.valid_from)
