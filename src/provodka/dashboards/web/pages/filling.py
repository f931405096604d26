"""Templates filled for one reader: in the reader's language, with the menu of their roles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from provodka.dashboards.rendering.formatting import (
    NOTHING,
    cell_text,
    day_text,
    instant_text,
    number_text,
)
from provodka.dashboards.web.pages.declaring import SECTIONS, Page
from provodka.dashboards.web.pages.vendored import asset_url
from provodka.dashboards.web.pages.visit import Visit
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.i18n import _, language
from provodka.foundation.money import kopecks

__all__ = ["environment", "fill", "fill_part"]

FOLDER = Path(__file__).parent / "templates"


def fill(template: str, context: Mapping[str, Any], visit: Visit, pages: Iterable[Page]) -> str:
    """The text of a page. What every template may use besides its own context:

    `visit`, `visitor`, `backdrop`, `menu`, `lang`, `_()`, `asset()`, filters `money`, `number`,
    `instant`, `day`, `cell`, `json`, `segment`.
    """
    return fill_part(template, {"menu": menu_of(visit.visitor, pages), **context}, visit)


def fill_part(template: str, context: Mapping[str, Any], visit: Visit) -> Markup:
    """The text of a piece of a page, which has no `menu`; it may stand in another template."""
    shared = {
        "visit": visit,
        "visitor": visit.visitor,
        "backdrop": visit.backdrop,
        "lang": language(),
    }
    # All that goes in is escaped by the template.
    return Markup(environment().get_template(template).render({**shared, **context}))  # noqa: S704


def menu_of(visitor: Visitor, pages: Iterable[Page]) -> list[tuple[str, list[Page]]]:
    """The sections of the menu, each with the pages that this visitor may open."""
    known = [page for page in pages if page.menu and visitor.may(*page.roles)]
    sections = ((name, [page for page in known if page.section == name]) for name in SECTIONS)
    return [(name, found) for name, found in sections if found]


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of all pages: escaped, and a missing value is an error with its name."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update({"_": _, "asset": asset_url})
    made.filters.update(
        {
            "money": money,
            "number": number_of,
            "instant": instant,
            "day": day,
            "cell": cell,
            "json": json_of,
            "segment": segment,
        }
    )
    return made


def money(value: Decimal | None) -> str:
    """1 234,50: a sum with its kopecks, a dash for none."""
    return NOTHING if value is None else number_text(kopecks(value), 2)


def number_of(value: int | Decimal | None, places: int = 0) -> str:
    """1 234: a number with so many digits after the comma, a dash for none."""
    return NOTHING if value is None else number_text(value, places)


@pass_context
def instant(context: Context, at: datetime | None) -> str:
    """22.11.2026 14:05 by the company's clock, a dash for none."""
    return NOTHING if at is None else instant_text(at, context["backdrop"].zone)


def day(value: date | None) -> str:
    """22.11.2026, a dash for none."""
    return NOTHING if value is None else day_text(value)


@pass_context
def cell(context: Context, value: Any) -> str:
    """Any cell of a report, as reports write it."""
    return cell_text(value, context["backdrop"].zone)


def json_of(value: Any) -> str:
    """JSON for an attribute `data-…`, decimals as numbers; a template escapes it."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def segment(value: object) -> str:
    """A part of an address, whatever stands in it."""
    return quote(str(value), safe="")


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)
