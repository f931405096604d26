"""Payment orders for the bank from a list: our side filled in from the settings."""

from __future__ import annotations

from pathlib import Path

from provodka.connectors.client_bank.order_list import orders_of, read_list
from provodka.connectors.client_bank.values import Party, PaymentDocument
from provodka.connectors.client_bank.writer import Encoding, write_orders
from provodka.flows.hub import Hub
from provodka.flows.settings import Bank, BankAccount, Company
from provodka.foundation.errors import ConfigurationError, SystemUnavailable
from provodka.foundation.i18n import _

__all__ = ["export_orders"]

SENDER = "Provodka"
# Banks accept straight quotes only, and cp866 has no others.
QUOTES = str.maketrans("«»“”„", '"""""')


def export_orders(
    hub: Hub, listed: Path, target: Path, encoding: Encoding = "windows"
) -> list[PaymentDocument]:
    """Write the orders of a list to a file for the bank; returns them.

    Raises `ConfigurationError` for a list that cannot be read or has unknown columns,
    `DocumentError` with every mistake of every order, and `SystemUnavailable` where the file
    cannot be written; nothing is written then. The file is there whole or not at all.
    """
    where = str(listed)
    try:
        data = listed.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            where,
            found=_("список не читается: {reason}").format(reason=error.strerror),
            expected=_("файл CSV или JSON"),
            next_step=_("проверьте путь"),
            code="no_list",
        ) from error
    now = hub.clock().astimezone(hub.settings.zone)
    payers = _payers(hub.settings.bank, hub.settings.company)
    orders = orders_of(read_list(data, where), payers, now.date(), where)
    _put(target, write_orders(orders, sender=SENDER, created=now, encoding=encoding))
    return orders


def _put(target: Path, data: bytes) -> None:
    """Written aside first: the bank's program may be watching the folder."""
    aside = target.with_name(f".{target.name}.part")
    try:
        aside.write_bytes(data)
        aside.replace(target)
    except OSError as error:
        raise SystemUnavailable(
            str(target),
            found=_("файл не записывается: {reason}").format(reason=error.strerror),
            expected=_("папка, в которую можно писать"),
            next_step=_("проверьте папку и место на диске и повторите"),
            code="orders_not_written",
        ) from error


def _payers(bank: Bank | None, company: Company) -> dict[str, Party]:
    accounts = bank.accounts if bank else ()
    return {account.number: _payer(account, company) for account in accounts}


def _payer(account: BankAccount, company: Company) -> Party:
    return Party(
        name=company.name.translate(QUOTES),
        inn=company.inn,
        kpp=account.kpp or "",
        account=account.number,
        bank=account.bank or "",
        bank_city=account.city or "",
        bik=account.bik or "",
        corr_account=account.corr_account or "",
    )
