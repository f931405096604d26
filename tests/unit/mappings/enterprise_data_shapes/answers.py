"""What our sample documents refer to, as the hub would answer."""

from __future__ import annotations

from typing import Any

ORGANIZATION = "a1d5f0c2-5f3b-11ee-9a51-00155d012a01"
CLIENT = "b7e1c9d4-6a20-11ef-9a5c-00155d012a01"
CONTRACT = "d3b07384-7c10-11ef-9a5c-00155d012a01"
GOODS = "e4da3b7f-0001-11ef-9a5c-00155d012a01"
SERVICE = "e4da3b7f-0003-11ef-9a5c-00155d012a01"
SAID: dict[str, dict[str, Any]] = {
    "organization": {"Наименование": "Ромашка ООО", "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо"},
    "client": {"Наименование": "Лютик ООО", "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо"},
    "product": {"Наименование": "Букет"},
}


class Known:
    """Key properties by kind; one product is a service."""

    def keys(self, kind: str, key: str) -> dict[str, Any]:
        """What stands for an object inside another one."""
        said = {"Ссылка": key, **SAID.get(kind, {})}
        if kind == "contract":
            said |= {
                "ВидДоговора": "СПокупателем",
                "Организация": self.keys("organization", ORGANIZATION),
                "Контрагент": self.keys("client", CLIENT),
            }
        return said

    def is_service(self, key: str) -> bool:
        """Whether a product is a service."""
        return key == SERVICE
