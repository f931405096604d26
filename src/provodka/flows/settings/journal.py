"""How long the history of documents is kept: the `journal` section."""

from __future__ import annotations

from pydantic import Field

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import marked

__all__ = ["Journal"]


class Journal(Strict):
    """How long the history of documents is kept in the store, and what becomes of older months."""

    keep_months: int | None = Field(
        None,
        ge=2,
        description=marked("Сколько месяцев истории держать в базе, считая текущий, иначе всю"),
    )
    archive: bool = Field(
        True, description=marked("Записывать ли месяц в файл, прежде чем убрать его из базы")
    )
    keep_rules_months: int | None = Field(
        None,
        ge=2,
        description=marked(
            "Сколько месяцев помнить сигналы времени, решенные отложенные действия и"
            " срабатывания правил, иначе все"
        ),
    )
