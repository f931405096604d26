"""Every table of the store, declared once: `crm` documents, `hub` memory, `report` for people."""

from provodka.connectors.crm_store.tables import (
    alerts,
    balances,
    bank,
    clients,
    deals,
    exchange,
    goods,
    hub,
    merging,
    months,
    papers,
    published,
    reacting,
    report,
    sweeps,
    talk,
    workers,
)
from provodka.connectors.crm_store.tables.columns import metadata

__all__ = [
    "alerts",
    "balances",
    "bank",
    "clients",
    "deals",
    "exchange",
    "goods",
    "hub",
    "merging",
    "metadata",
    "months",
    "papers",
    "published",
    "reacting",
    "report",
    "sweeps",
    "talk",
    "workers",
]
