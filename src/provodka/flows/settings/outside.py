"""Other systems that rules speak to: the `outside` section."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import marked

__all__ = ["Endpoint", "Outside"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]


class Endpoint(Strict):
    """An address that takes signed calls."""

    url: Annotated[str, Field(pattern=r"^https?://[^\s]+$")] = Field(
        description=marked("Адрес, который принимает подписанные запросы POST")
    )
    secret_env: str = Field(description=marked("Переменная окружения с ключом подписи"))
    timeout: float = Field(20, gt=0, le=120, description=marked("Сколько секунд ждать ответа"))
    ca_file: Path | None = Field(None, description=marked("Свой корневой сертификат"))


class Outside(Strict):
    """Webhooks by name, and the gateways of SMS and messengers."""

    webhooks: dict[Name, Endpoint] = Field(
        {}, description=marked("Куда сообщает действие call_webhook, по именам")
    )
    sms: Endpoint | None = Field(None, description=marked("Шлюз СМС"))
    messenger: Endpoint | None = Field(None, description=marked("Шлюз мессенджеров"))

    def named(self) -> list[tuple[tuple[str, ...], Endpoint]]:
        """Every endpoint with its place in `hub.yaml`."""
        found = [
            (("outside", "webhooks", name), endpoint) for name, endpoint in self.webhooks.items()
        ]
        gateways = (("sms", self.sms), ("messenger", self.messenger))
        return [*found, *((("outside", name), one) for name, one in gateways if one is not None)]
