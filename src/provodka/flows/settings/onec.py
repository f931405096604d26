"""The 1C base: the `onec` section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from provodka.connectors.onec.odata.hours import Hours
from provodka.flows.settings.common import Secret, Zone
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import marked

__all__ = ["OneC", "OpenHours"]


def _checked(text: str) -> str:
    try:
        Hours.parse([text])
    except ConfigurationError as error:
        raise ValueError(f"{error.found}: {error.expected}") from error
    return text


OpenHours = Annotated[str, AfterValidator(_checked)]
"""A window of local time such as `20:00-07:00`."""


class OneC(Secret):
    """One base of 1C:Accounting, published over OData or over its web services."""

    url: str = Field(description=marked("Адрес базы: https://сервер/база"))
    zone: Zone = Field(
        "Europe/Moscow", description=marked("Часовой пояс базы: в датах 1С пояса нет")
    )
    protocol: Literal["odata", "enterprise_data"] = Field(
        "odata", description=marked("Как обмениваться: odata или enterprise_data (сообщениями)")
    )
    mappings: str = Field("bp30", description=marked("Набор соответствий или папка с ними"))
    balances: tuple[Literal["settlements", "stock"], ...] = Field(
        ("settlements", "stock"),
        description=marked("Какие остатки читать: settlements (взаиморасчеты), stock (склад)"),
    )
    timeout: float = Field(90, gt=0, description=marked("Сколько секунд ждать ответа"))
    connections: int = Field(1, ge=1, le=16, description=marked("Сколько запросов одновременно"))
    page_mb: float = Field(
        4, gt=0, le=64, description=marked("К какому размеру страницы стремиться, МБ")
    )
    base_share: float = Field(
        50, gt=0, le=100, description=marked("Какую долю времени базы занимать чтением, %")
    )
    licence_wait: float = Field(
        600, ge=0, description=marked("Сколько секунд чтению ждать свободную лицензию 1С")
    )
    heavy_hours: list[OpenHours] = Field(
        [],
        description=marked(
            "Часы, в которые базу можно читать целиком: 20:00-07:00; пусто — всегда"
        ),
    )
    sessions: bool = Field(False, description=marked("Держать сеанс 1С между запросами"))
    load_mode: bool = Field(False, description=marked("Записывать в режиме ОбменДанными.Загрузка"))
    lost_answer_wait: float = Field(
        120, ge=0, description=marked("Через сколько секунд искать документ, если ответ потерян")
    )
    exchange_plan: str | Literal[False] | None = Field(
        None, description=marked("План обмена, узел которого получает изменения; false — ни один")
    )
    exchange_node: str | None = Field(None, description=marked("Код узла хаба в плане обмена"))
    part_kb: int = Field(
        1024, ge=1, le=7000, description=marked("EnterpriseData: размер части сообщения, КБ")
    )
    job_poll: float = Field(
        1, gt=0, description=marked("EnterpriseData: через сколько секунд спросить о задании базы")
    )
    job_deadline: float = Field(
        1800, gt=0, description=marked("EnterpriseData: сколько секунд ждать задание базы")
    )
    overlap_days: float = Field(
        7, gt=0, description=marked("Без плана обмена: за сколько дней перечитывать документы")
    )
    deletes_max: int = Field(
        20, ge=0, description=marked("Сколько удалений одного вида хаб примет без человека")
    )
    deletes_max_share: float = Field(
        5, ge=0, le=100, description=marked("Или какую долю документов этого вида, в процентах")
    )
    allow_deletes: bool = Field(
        False, description=marked("Принимать любое число удалений, не спрашивая")
    )
    ca_file: Path | None = Field(
        None, description=marked("Сертификат своего удостоверяющего центра")
    )
