"""The query string of a read: explicit fields, stable order, inside the URL budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote
from zoneinfo import ZoneInfo

from provodka.connectors.onec.odata.conditions import Filter
from provodka.connectors.onec.odata.literals import Ref, literal, type_name
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET, encoded
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = [
    "JSON",
    "Query",
    "default_order",
    "encoded_call",
    "entity_path",
    "filter_option",
    "record_path",
]

JSON = "$format=application/json%3Bodata%3Dnometadata"
"""JSON without links and annotations (1C developer guide 8.3.27 §17.4.7)."""


SAFE = "'(),:="


@dataclass(frozen=True, slots=True)
class Query:
    """Options of one read. `select` names the fields, in the base's names.

    It must name some: a document's every field with all its tabular sections is megabytes, and
    whoever wants that says `("*",)`; `**` leaves the sections out, `Товары/Цена` takes one column
    of one. `expand` are navigation fields (`Контрагент`); each is put into `$select` too, without
    which 1C leaves it out and says nothing. `top` is the most rows that are wanted at all.
    `after` is the `Ref_Key` of the row before `skip`, where an earlier read ended.
    `allowed_only` leaves out rows that record-level rights hide, instead of an
    error; it stays off by default, because hidden rows look like deleted ones.
    """

    select: tuple[str, ...] = ()
    filter: Filter | None = None
    order: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    allowed_only: bool = False
    expand: tuple[str, ...] = ()
    after: str = ""

    def window(self, skip: int, top: int) -> Query:
        """The same read, another window of rows."""
        return replace(self, skip=skip, top=top)

    def encode(self, zone: ZoneInfo) -> str:
        """The encoded query string; over `QUERY_BUDGET` it is a `ConfigurationError`."""
        return _within_budget(self.unbounded(zone))

    def unbounded(self, zone: ZoneInfo) -> str:
        """The encoded query string, however long; without fields it is a `ConfigurationError`."""
        options = [JSON, "$select=" + encoded(",".join(self._selected()))]
        if self.filter is not None:
            options.append("$filter=" + encoded(self.filter.render(zone)))
        if self.expand:
            options.append("$expand=" + encoded(",".join(self.expand)))
        if self.order:
            options.append("$orderby=" + encoded(",".join(self.order)))
        if self.top is not None:
            options.append(f"$top={self.top}")
        if self.skip:
            options.append(f"$skip={self.skip}")
        if self.allowed_only:
            options.append("allowedOnly=true")
        return "&".join(options)

    def _selected(self) -> tuple[str, ...]:
        if not self.select:
            raise ConfigurationError(
                _("Запрос к 1С"),
                found=_("не названы поля"),
                expected=_("список полей в $select"),
                next_step=_("назовите нужные поля; все сразу — это «*»"),
                code="no_select",
            )
        roots = {name.partition("/")[0] for name in self.select}
        missing = (name for name in self.expand if name.partition("/")[0] not in roots)
        return (*self.select, *dict.fromkeys(missing))


def filter_option(condition: Filter | None, zone: ZoneInfo) -> str:
    """`$filter=…` alone, encoded, as `/$count` takes it; empty without a condition."""
    if condition is None:
        return ""
    return _within_budget("$filter=" + encoded(condition.render(zone)))


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


def record_path(set_name: str, key: Mapping[str, object], zone: ZoneInfo) -> str:
    """The path of a record by its dimensions (and `Period`), encoded.

    A `Ref` is a composite dimension: its value and `…_Type`, both as texts
    (1C developer guide 8.3.27 §17.4.4).
    """
    if not key:
        raise ValueError("a record without a key would be the whole set")
    parts: list[str] = []
    for name, value in key.items():
        if isinstance(value, Ref):
            parts.append(f"{name}={literal(str(value.key), zone)}")
            parts.append(f"{name}_Type={literal(type_name(value.set_name), zone)}")
        else:
            parts.append(f"{name}={literal(value, zone)}")
    return encoded_call(set_name, ",".join(parts))


def encoded_call(path: str, arguments: str) -> str:
    """`path(arguments)` with the arguments encoded, so that a `/` or `?` in one stays a text."""
    return f"{path}({quote(arguments, safe=SAFE)})"
