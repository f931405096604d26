"""What a virtual table is asked from the command line: the options, and whether they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from provodka.flows.cli.words import option
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

if TYPE_CHECKING:
    from provodka.connectors.onec.odata.metadata import Metadata
    from provodka.flows.onec.virtual import TableAsked

__all__ = ["Accounts", "Dimensions", "End", "Inside", "Period", "Start", "fitting", "listed"]

Period = Annotated[
    str,
    option(
        "--period",
        metavar=_("ДАТА"),
        text=_("Таблица: на какой момент, 2026-11-22 (начало дня) или 2026-11-22T18:30:00"),
    ),
]
Start = Annotated[
    str, option("--start", metavar=_("ДАТА"), text=_("Таблица: с какого момента обороты"))
]
End = Annotated[str, option("--end", metavar=_("ДАТА"), text=_("Таблица: по какой момент обороты"))]
Inside = Annotated[
    str,
    option(
        "--condition",
        metavar=_("УСЛОВИЕ"),
        text=_("Таблица: отбор по измерениям, до того как база посчитает"),
    ),
]
Accounts = Annotated[
    str,
    option(
        "--accounts",
        metavar=_("УСЛОВИЕ"),
        text=_("Таблица регистра бухгалтерии: отбор счетов, например Account/Code eq '62.01'"),
    ),
]
Dimensions = Annotated[
    str,
    option(
        "--dimensions",
        metavar=_("ИЗМЕРЕНИЯ"),
        text=_("Таблица: по каким измерениям считать, через запятую; иначе по всем"),
    ),
]


def listed(text: str) -> tuple[str, ...]:
    """Names that were given with commas between them."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def fitting(
    metadata: Metadata, name: str, inner: TableAsked, *, condition: str, key: str = ""
) -> None:
    """Raise `ConfigurationError` for what a set is asked but only a table has, and the reverse."""
    from provodka.flows.onec.exploring import meant
    from provodka.flows.onec.virtual import OPTIONS, is_table

    found = step = ""
    if is_table(name) and (key or condition):
        found = _("у виртуальной таблицы нет ни ключей, ни --filter")
        step = _("отберите строки по измерениям: --condition")
    elif not is_table(name) and inner.given():
        found = ", ".join(OPTIONS[one] for one in inner.given())
        tables = ", ".join(meant(metadata, name).virtual_tables)
        step = _("назовите таблицу: {set}/ТАБЛИЦА; у этого набора есть: {tables}").format(
            set=name, tables=tables or _("ни одной")
        )
        found = _("{options} без виртуальной таблицы").format(options=found)
    if found:
        raise ConfigurationError(name, found=found, next_step=step, code="usage")
