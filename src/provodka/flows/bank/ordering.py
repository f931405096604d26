"""Payment orders for the bank from a list: our side filled in from the settings."""

from __future__ import annotations

from pathlib import Path

from provodka.connectors.client_bank.order_list import orders_of, read_list
from provodka.connectors.client_bank.values import Party, PaymentDocument
from provodka.connectors.client_bank.writer import Encoding, write_orders
from provodka.flows.hub import Hub
from provodka.flows.settings import Bank, BankAccount, Company
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["export_orders"]

SENDER = "Provodka"
# Banks accept straight quotes only, and cp866 has no others.
QUOTES = str.maketrans("«»“”„", '"""""')


def export_orders(
    hub: Hub, listed: Path, target: Path, encoding: Encoding = "windows"
) -> list[PaymentDocument]:
    """Write the orders of a list to a file for the bank; returns them.

    Raises `ConfigurationError` for a list that cannot be read or has unknown columns, and
    `DocumentError` with every mistake of every order; nothing is written then.
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
    target.write_bytes(write_orders(orders, sender=SENDER, created=now, encoding=encoding))
    return orders


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
