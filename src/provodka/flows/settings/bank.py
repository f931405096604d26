"""Bank statements: the `bank` section."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from provodka.flows.settings.common import Strict
from provodka.foundation.i18n import _, marked

__all__ = ["Bank", "BankAccount"]


class BankAccount(Strict):
    """One account of ours; a plain text in its place is its number."""

    number: str = Field(description=marked("Расчетный счет, 20 цифр"))
    bik: str | None = Field(None, description=marked("БИК банка; нужен платежным поручениям"))
    bank: str | None = Field(None, description=marked("Название банка; нужно поручениям"))
    city: str | None = Field(None, description=marked("Город банка"))
    corr_account: str | None = Field(None, description=marked("Корреспондентский счет банка"))
    kpp: str | None = Field(None, description=marked("КПП организации"))

    @model_validator(mode="before")
    @classmethod
    def _number_alone(cls, value: Any) -> Any:
        return {"number": value} if isinstance(value, str) else value

    @field_validator("number")
    @classmethod
    def _checked(cls, value: str) -> str:
        plain = value.replace(" ", "")
        if len(plain) != 20 or not (plain.isascii() and plain.isdigit()):
            raise ValueError(_("счет из 20 цифр, в кавычках"))
        return plain


class Bank(Strict):
    """Where statements come from and how sure the hub must be of an invoice."""

    folder: Path | None = Field(None, description=marked("Папка, куда банк-клиент кладет выписки"))
    pattern: str = Field("*.txt", description=marked("Какие файлы в папке считать выписками"))
    wait: float = Field(
        30, ge=0, description=marked("Сколько секунд ждать конца файла, который еще пишут")
    )
    accounts: tuple[BankAccount, ...] = Field((), description=marked("Наши расчетные счета"))
    enough: int = Field(
        75, ge=25, le=200, description=marked("С какого балла относить платеж к счету без вопроса")
    )
    lead: int = Field(
        15, ge=0, le=200, description=marked("На сколько баллов лучший вариант опережает другие")
    )

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of our accounts."""
        return frozenset(account.number for account in self.accounts)
