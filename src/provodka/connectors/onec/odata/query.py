"""The query string of a read: explicit fields, stable order, inside the URL budget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.filters import Filter
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET, encoded
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["JSON", "Query", "default_order", "entity_path"]

JSON = "$format=application/json%3Bodata%3Dnometadata"
"""JSON without links and annotations (1C developer guide 8.3.27 §17.4.7)."""


@dataclass(frozen=True, slots=True)
class Query:
    """Options of one read; `select` empty means every field, `order` in the base's names.

    `allowed_only` leaves out rows that record-level rights hide, instead of an
    error; it stays off by default, because hidden rows look like deleted ones.
    """

    select: tuple[str, ...] = ()
    filter: Filter | None = None
    order: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    allowed_only: bool = False

    def window(self, skip: int, top: int) -> Query:
        """The same read, another window of rows."""
        return replace(self, skip=skip, top=top)

    def encode(self, zone: ZoneInfo) -> str:
        """The encoded query string; over `QUERY_BUDGET` it is a `ConfigurationError`."""
        options = [JSON]
        if self.select:
            options.append("$select=" + encoded(",".join(self.select)))
        if self.filter is not None:
            options.append("$filter=" + encoded(self.filter.render(zone)))
        if self.order:
            options.append("$orderby=" + encoded(",".join(self.order)))
        if self.top is not None:
            options.append(f"$top={self.top}")
        if self.skip:
            options.append(f"$skip={self.skip}")
        if self.allowed_only:
            options.append("allowedOnly=true")
        return _within_budget("&".join(options))


def _within_budget(query: str) -> str:
    if len(query) <= QUERY_BUDGET:
        return query
    raise ConfigurationError(
        _("Запрос к 1С"),
        found=_("адрес занял {length} знаков").format(length=len(query)),
        expected=_("не больше {budget}: длиннее веб-сервер не пропустит").format(
            budget=QUERY_BUDGET
        ),
        next_step=_("выберите меньше полей или разделите отбор на части"),
        code="url_too_long",
    )


def default_order(set_name: str) -> tuple[str, ...]:
    """An order in which `$skip` is stable: never by reference, which sorts by presentation.

    Documents by date and number, catalogs by code and name. Other sets have no
    order that fits all of them: an empty tuple, and the caller names one.
    """
    if set_name.startswith("Document_"):
        return ("Date", "Number")
    if set_name.startswith("Catalog_"):
        return ("Code", "Description")
    return ()


def entity_path(set_name: str, key: object) -> str:
    """The path of one object by its reference: `Catalog_X(guid'…')`."""
    return f"{set_name}(guid'{key}')"
