"""Every table of the store, declared once: `crm` documents, `hub` memory, `report` for people."""

from provodka.connectors.crm_store.tables import (
    alerts,
    bank,
    clients,
    deals,
    exchange,
    goods,
    hub,
    merging,
    papers,
    published,
    report,
    talk,
)
from provodka.connectors.crm_store.tables.columns import metadata

__all__ = [
    "alerts",
    "bank",
    "clients",
    "deals",
    "exchange",
    "goods",
    "hub",
    "merging",
    "metadata",
    "papers",
    "published",
    "report",
    "talk",
]
