"""Every page there is. A page is a module here that has a function `pages()`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from provodka.dashboards.web.pages.declaring import Page

__all__ = ["MODULES", "all_pages"]

MODULES = (
    "asked",
    "home",
    "care.overview",
    "care.attention",
    "care.invoices",
    "care.document",
    "care.rules",
    "care.status",
    "care.audit",
    "desk.courier",
    "desk.dispatcher",
    "absences",
    "reports.report",
    "reports.documents",
    "reports.overview",
    "plans",
    "reports.api",
)
PACKAGE = __name__.rpartition(".")[0]


@cache
def all_pages() -> tuple[Page, ...]:
    """All pages, in the order of the menu."""
    return tuple(
        page for module in MODULES for page in import_module(f"{PACKAGE}.{module}").pages()
    )
