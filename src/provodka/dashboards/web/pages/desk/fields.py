"""What people write into the fields of the desk's forms, read with a message for each mistake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["count", "date_of", "key", "moment", "required", "required_key", "said", "wrong"]

LONGEST = 500
YEARS = range(2000, 2101)
"""Times beyond are slips of a hand, and some of them no clock can tell in another zone."""


def said(form: Mapping[str, str], name: str, longest: int = LONGEST) -> str:
    """A field without spaces around it, empty if it is not there; never longer than `longest`."""
    value = form.get(name, "")
    return value.strip()[:longest] if isinstance(value, str) else ""


def required(form: Mapping[str, str], name: str, title: str) -> str:
    """A field that must not be empty; `title` is what people call it."""
    value = said(form, name)
    if not value:
        raise wrong(title, _("пусто"), _("заполненное поле"))
    return value


def key(form: Mapping[str, str], name: str, title: str) -> UUID | None:
    """The key of a document; None for an empty field."""
    value = said(form, name)
    try:
        return UUID(value) if value else None
    except ValueError as error:
        found = _("«{value}»").format(value=value[:40])
        raise wrong(title, found, _("значение из списка")) from error


def required_key(form: Mapping[str, str], name: str, title: str) -> UUID:
    """The key of a document that must be named."""
    found = key(form, name, title)
    if found is None:
        raise wrong(title, _("не выбрано"), _("значение из списка"))
    return found


def date_of(text: str, title: str) -> date | None:
    """A day as a browser's field gives it, `2026-11-23`; None for an empty field."""
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = None
    if text and (found is None or found.year not in YEARS):
        raise wrong(title, _("«{value}»").format(value=text[:40]), _("дата вида 2026-11-23"))
    return found


def moment(text: str, zone: ZoneInfo, title: str) -> datetime | None:
    """A time as a browser's field gives it, `2026-11-23T14:00`, by the company's clock."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        at = None
    if at is None or at.year not in YEARS:
        found = _("«{value}»").format(value=text[:40])
        raise wrong(title, found, _("дата и время вида 2026-11-23T14:00"))
    return at


def count(text: str, title: str) -> Decimal:
    """A quantity, with a comma or a point; an empty field is nothing."""
    try:
        found = Decimal(text.replace(",", ".").replace(" ", "") or "0")
    except InvalidOperation as error:
        raise wrong(title, _("«{value}»").format(value=text[:40]), _("число")) from error
    if not found.is_finite() or not 0 <= found <= 10_000:
        raise wrong(title, str(found)[:40], _("число от 0 до 10 000"))
    return found


def wrong(title: str, found: str, expected: str) -> DocumentError:
    """What is wrong with a field."""
    return DocumentError(
        title,
        found=found,
        expected=expected,
        next_step=_("исправьте поле и отправьте снова"),
        code="wrong_field",
    )
