"""A list of payments to make, as CSV or JSON whose columns are the format's own keys.

What a column does not say is filled in: the payer from the settings, ``ВидОплаты`` 01,
``Очередность`` 5, ``Дата`` today, ``Номер`` counted from 1.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from provodka.connectors.client_bank.encodings import judge_bytes
from provodka.connectors.client_bank.fields import Wrong
from provodka.connectors.client_bank.keys import KNOWN_OF_DOCUMENT, canonical
from provodka.connectors.client_bank.lines import Line
from provodka.connectors.client_bank.orders import ORDER
from provodka.connectors.client_bank.understanding import document_of
from provodka.connectors.client_bank.values import Party, PaymentDocument
from provodka.foundation.errors import ConfigurationError, DocumentError
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["orders_of", "read_list"]

Row = Mapping[str, str]


def read_list(data: bytes, where: str) -> list[dict[str, str]]:
    """The rows of a list, JSON if it begins with a bracket, else CSV with `;` or `,`.

    Raises `ConfigurationError` for what is neither, and for a column that is no key.
    """
    text = data.decode(judge_bytes(data).encoding, "replace").lstrip("\ufeff")
    rows = _json(text, where) if text.lstrip()[:1] in ("[", "{") else _csv(text)
    for name in {name for row in rows for name in row}:
        if name not in KNOWN_OF_DOCUMENT:
            raise ConfigurationError(
                where,
                found=_("неизвестный столбец «{name}»").format(name=name),
                expected=nearest(name, KNOWN_OF_DOCUMENT),
                next_step=_("назовите столбец как в формате 1CClientBankExchange"),
                code="unknown_column",
            )
    return rows


def _json(text: str, where: str) -> list[dict[str, str]]:
    try:
        # Numbers stay the text that they are: a sum never becomes a float.
        said: Any = json.loads(text, parse_float=str, parse_int=str)
    except ValueError as error:
        raise _no_list(where, str(error)) from error
    rows = said if isinstance(said, list) else [said]
    if not all(isinstance(row, dict) for row in rows):
        raise _no_list(where, _("в списке не объекты"))
    return [
        {canonical(str(name)): "" if value is None else str(value) for name, value in row.items()}
        for row in rows
    ]


def _csv(text: str) -> list[dict[str, str]]:
    first = text.partition("\n")[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", restval=""
    )
    rows = [
        {canonical((name or "").strip()): value.strip() for name, value in row.items()
         if isinstance(value, str)}
        for row in reader
    ]  # fmt: skip
    return [row for row in rows if any(row.values())]


def _no_list(where: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        where,
        found=_("список не читается: {reason}").format(reason=reason),
        expected=_("CSV с заголовком или JSON: список объектов"),
        next_step=_("исправьте файл; образец есть в docs/bank.md"),
        code="bad_list",
    )


def orders_of(
    rows: Sequence[Row], payers: Mapping[str, Party], today: date, where: str
) -> list[PaymentDocument]:
    """Payment orders of the rows, paid from our accounts (`payers`, the first is the usual one).

    Raises `DocumentError` that names row and column of a value that cannot be read, and for a
    payer's account that is not ours.
    """
    return [_order(row, payers, today, f"{where}:{place}", place) for place, row in
            enumerate(rows, 1)]  # fmt: skip


def _order(
    row: Row, payers: Mapping[str, Party], today: date, where: str, place: int
) -> PaymentDocument:
    account = row.get("ПлательщикСчет", "").replace(" ", "") or next(iter(payers), "")
    if account not in payers:
        raise DocumentError(
            where,
            found=_("счет плательщика «{account}»").format(account=account),
            expected=", ".join(payers) or _("наши счета в bank.accounts"),
            next_step=_("добавьте счет в bank.accounts с БИК и названием банка"),
            code="unknown_payer",
        )
    given = {
        "Номер": str(place),
        "Дата": f"{today:%d.%m.%Y}",
        "ВидОплаты": "01",
        "Очередность": "5",
        **{name: value for name, value in row.items() if value},
        "ПлательщикСчет": account,
    }
    lines = [Line(place, "", name, value) for name, value in given.items()]
    try:
        order = document_of(ORDER, place, lines)
    except Wrong as wrong:
        raise DocumentError(
            where,
            found=wrong.found,
            expected=wrong.expected,
            next_step=_("исправьте значение в списке"),
            code=wrong.code,
        ) from None
    return replace(order, payer=payers[account], notes=(), line=0)
