"""How fast a message of EnterpriseData gets into the store: parsed, checked, merged, journaled.

The message holds shipments of two lines and payments by turns, all of invoices that the hub has
issued; the catalogs have come in a message before. It is taken by the exchange's own code in a
process that does nothing else, from a file instead of a base; a fifth of it in another process
and store shows whether memory grows with the message.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, cast
from uuid import NAMESPACE_OID, uuid5

import psycopg

from benchmarks.company import legal_inn
from benchmarks.lab import Figures, Lab, run_for_figures
from benchmarks.measure import Benchmark, Measured
from benchmarks.memory import peak_mb

LEAST_PER_SECOND = 3_000
MOST_GROWTH_MB = 30
DOCUMENTS = 10_000
PART = 5
CLIENTS = PRODUCTS = 200
INVOICES = 1_000
SETTINGS = """\
company: {{name: ООО «Ромашка», inn: "{inn}"}}
onec:
  {{url: "http://127.0.0.1:9/buh", login: bench, password_file: "{secret}",
   protocol: enterprise_data, exchange_node: CRM}}
"""
Record = dict[str, Any]


def guid(kind: str, index: int) -> str:
    """The reference of the `index`-th object of a kind."""
    return str(uuid5(NAMESPACE_OID, f"{kind}/{index}"))


def organization() -> Record:
    """Key properties of our organization."""
    return {
        "Ссылка": guid("organization", 0),
        "Наименование": "Ромашка ООО",
        "НаименованиеПолное": "ООО «Ромашка»",
        "ИНН": legal_inn(1),
        "КПП": "770101001",
        "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
    }


def client(index: int) -> Record:
    """Key properties of a client."""
    return {
        "Ссылка": guid("client", index),
        "Наименование": f"Покупатель {index:03d} ООО",
        "НаименованиеПолное": f"ООО «Покупатель {index:03d}»",
        "ИНН": legal_inn(1000 + index),
        "КПП": "770201001",
        "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
    }


def contract(index: int) -> Record:
    """Key properties of a contract."""
    from datetime import date

    return {
        "Ссылка": guid("contract", index),
        "ВидДоговора": "СПокупателем",
        "Организация": organization(),
        "Контрагент": client(index),
        "ВалютаВзаиморасчетов": CURRENCY,
        "Наименование": f"Договор № {index}",
        "Дата": date(2026, 1, 12),
        "Номер": str(index),
    }


def product(index: int) -> Record:
    """Key properties of a product."""
    return {
        "Ссылка": guid("product", index),
        "НаименованиеПолное": f"Чай черный листовой, сорт {index}",
        "КодВПрограмме": f"00-{index:08d}",
        "Артикул": f"ЧЛ-{index:04d}",
        "Наименование": f"Чай листовой, сорт {index}",
    }


CURRENCY = {
    "Ссылка": guid("currency", 643),
    "ДанныеКлассификатора": {"Код": "643", "Наименование": "руб."},
}
UNIT = {
    "Ссылка": guid("unit", 796),
    "ДанныеКлассификатора": {"Код": "796", "Наименование": "шт"},
}


def rate() -> Record:
    """The rate of VAT of 2026."""
    return {
        "Ставка": Decimal(22),
        "РасчетнаяСтавка": False,
        "НеОблагается": False,
        "ВидСтавки": "Общая",
    }


def catalogs() -> Iterator[tuple[str, Record]]:
    """What every document refers to."""
    yield "Справочник.Организации", {"КлючевыеСвойства": organization()}
    for index in range(CLIENTS):
        yield "Справочник.Контрагенты", {"КлючевыеСвойства": client(index)}
    for index in range(CLIENTS):
        yield "Справочник.Договоры", {"КлючевыеСвойства": contract(index)}
    for index in range(PRODUCTS):
        said = {"ТипНоменклатуры": "Товар", "ЕдиницаИзмерения": UNIT, "СтавкаНДС": rate()}
        yield "Справочник.Номенклатура", {"КлючевыеСвойства": product(index), **said}


def documents(count: int) -> Iterator[tuple[str, Record]]:
    """Shipments and payments by turns."""
    for index in range(count):
        yield _shipment(index) if index % 2 else _payment(index)


def _keys(kind: str, index: int, number: str) -> Record:
    from datetime import datetime, timedelta

    moment = datetime.fromisoformat("2026-02-01T09:00:00") + timedelta(minutes=index)
    return {
        "Ссылка": guid(kind, index),
        "Дата": moment,
        "Номер": number,
        "Организация": organization(),
    }


def _settled(who: int) -> Record:
    return {"Договор": contract(who), "ВалютаВзаиморасчетов": CURRENCY}


def _order(index: int) -> Record:
    return _keys("invoice", index % INVOICES, f"СЧ00-{index % INVOICES:06d}")


def _shipment(index: int) -> tuple[str, Record]:
    who = index % INVOICES % CLIENTS
    rows = [
        {
            "НомерСтрокиДокумента": line,
            "ДанныеНоменклатуры": {"Номенклатура": product((index + line) % PRODUCTS)},
            "ЕдиницаИзмерения": UNIT,
            "Количество": Decimal(line),
            "Сумма": Decimal("122.00"),
            "Цена": Decimal("122.00"),
            "СтавкаНДС": rate(),
            "СуммаНДС": Decimal("22.00"),
        }
        for line in (1, 2)
    ]
    return "Документ.РеализацияТоваровУслуг", {
        "КлючевыеСвойства": _keys("shipment", index, f"БП00-{index:06d}"),
        "ВидОперации": "РеализацияКлиенту",
        "Валюта": CURRENCY,
        "Сумма": Decimal("244.00"),
        "СуммаВключаетНДС": True,
        "Контрагент": client(who),
        "ДанныеВзаиморасчетов": _settled(who),
        "Заказ": _order(index),
        "Товары": {"Строка": rows},
    }


def _payment(index: int) -> tuple[str, Record]:
    from datetime import date

    who = index % INVOICES % CLIENTS
    account = {
        "Ссылка": guid("account", 0),
        "НомерСчета": "40702810900000000001",
        "Владелец": {"ОрганизацииСсылка": organization()},
    }
    row = {
        "Заказ": {"ЗаказКлиента": _order(index)},
        "Сумма": Decimal("244.00"),
        "СтавкаНДС": rate(),
        "ДанныеВзаиморасчетов": _settled(who),
    }
    return "Документ.ПБДСРасчетыСКонтрагентами", {
        "КлючевыеСвойства": _keys("payment", index, f"БП00-{index:06d}"),
        "ОбщиеДанные": {
            "ДатаВыписки": date(2026, 2, 1),
            "ДатаВходящегоДокумента": date(2026, 2, 1),
            "НомерВходящегоДокумента": str(index),
            "Валюта": CURRENCY,
            "Сумма": Decimal("244.00"),
            "БанковскийСчетОрганизации": account,
            "НазначениеПлатежа": f"Оплата по счету СЧ00-{index % INVOICES:06d}",
        },
        "ВидРасчетов": "СПокупателем",
        "Контрагент": client(who),
        "РасшифровкаПлатежа": {"Строка": [row]},
    }


def write(path: Path, number: int, objects: Iterator[tuple[str, Record]]) -> None:
    """A message of the base's."""
    from datetime import datetime

    from provodka.connectors.onec.enterprise_data.message import (
        Confirmation,
        Header,
        namespace_of,
        write_message,
    )

    header = Header(
        format=namespace_of("1.21"),
        created=datetime.fromisoformat("2026-11-22T10:00:00"),
        versions=("1.21", "1.8"),
        confirmation=Confirmation(sender="БП", recipient="CRM", message_no=number, received_no=0),
    )
    with path.open("wb") as target:
        write_message(target, header, objects)


class FileBase:
    """A base whose next message is a file."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.settings = SimpleNamespace(spool=folder)

    def receive(self, to: BinaryIO) -> Any:
        """The message, as the client would unpack it."""
        from provodka.connectors.onec.enterprise_data.soap.answers import Received

        with self.path.open("rb") as source:
            shutil.copyfileobj(source, to)
        size = self.path.stat().st_size
        digest = hashlib.sha256(str(self.path).encode()).hexdigest()
        return Received("file", 1, size, size, digest)

    def confirm(self, _received: Any) -> None:
        """Nothing to free."""


def issue_invoices(database: str) -> None:
    """Invoices of ours that the base knows under their own keys."""
    rows = ((guid("invoice", index), index % CLIENTS) for index in range(INVOICES))
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO crm.invoice (id, client_id, amount, accounting)"
            " SELECT %s, document, 1000, 'entered' FROM hub.binding"
            " WHERE kind = 'client' AND external_key = %s",
            [(key, guid("client", who)) for key, who in rows],
        )
        cursor.execute(
            "INSERT INTO hub.binding (system, kind, external_key, document)"
            " SELECT 'onec', 'invoice', id::text, id FROM crm.invoice"
        )


def measured(options: argparse.Namespace) -> Figures:
    """Take the catalogs, then the documents; figures of the latter."""
    from dataclasses import replace

    from provodka.connectors.crm_store import schema
    from provodka.connectors.crm_store.engine import open_engine
    from provodka.flows.hub import open_hub
    from provodka.flows.onec.exchange.receiving import receive
    from provodka.flows.settings import Environment

    folder: Path = options.home
    folder.mkdir(parents=True, exist_ok=True)
    secret, config = folder / "onec.password", folder / "hub.yaml"
    secret.write_text("bench", encoding="utf-8")
    config.write_text(SETTINGS.format(inn=legal_inn(1), secret=secret), encoding="utf-8")
    first, second = folder / "catalogs.xml", folder / "documents.xml"
    write(first, 1, catalogs())
    write(second, 2, documents(options.documents))
    engine = open_engine(options.database)
    schema.migrate(engine)
    engine.dispose()
    with open_hub(Environment(config=config, home=folder, database_url=options.database)) as hub:
        receive(replace(hub, exchange=cast("Any", FileBase(first, folder))), hub.engine)
        issue_invoices(options.database)
        given = replace(hub, exchange=cast("Any", FileBase(second, folder)))
        started, processor = time.perf_counter(), time.process_time()
        counts = receive(given, hub.engine)
        seconds, processor = time.perf_counter() - started, time.process_time() - processor
    with psycopg.connect(options.database) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM crm.payment) + (SELECT count(*) FROM crm.shipment),"
            " (SELECT sum(paid_amount + shipped_amount) FROM crm.invoice)"
        ).fetchone()
    stored, settled = row if row else (0, 0)
    return {
        "seconds": round(seconds, 2),
        "processor": round(processor, 2),
        "counts": dict(counts),
        "stored": stored,
        "settled": str(settled),
        "bytes": second.stat().st_size,
        "peak_mb": peak_mb(),
    }


def run(lab: Lab) -> Measured:
    """Documents a second; short as well if any was lost, or memory grows with the message."""
    figures: dict[str, Figures] = {}
    for name, count in (("whole", DOCUMENTS), ("part", DOCUMENTS // PART)):
        given = ("--documents", str(count), "--database", lab.store(f"merge_{name}"))
        where = ("--home", str(lab.folder / f"merge_{name}"))
        command = (sys.executable, "-m", "benchmarks.enterprise_data_merge", *given, *where)
        figures[name] = run_for_figures(command)
    whole, part = figures["whole"], figures["part"]
    value = DOCUMENTS / whole["seconds"]
    growth = round(whole["peak_mb"] - part["peak_mb"], 1)
    correct = whole["stored"] == DOCUMENTS and Decimal(whole["settled"]) == DOCUMENTS * 244
    ok = correct and value >= LEAST_PER_SECOND and growth < MOST_GROWTH_MB
    detail = whole | {"growth_mb": growth, "bytes_per_document": whole["bytes"] // DOCUMENTS}
    return Measured(value, ok, detail)


benchmark = Benchmark(
    "enterprise_data_merge",
    "documents/s",
    f"≥ {LEAST_PER_SECOND}, growth < {MOST_GROWTH_MB} MB",
    run,
)


def arguments() -> argparse.Namespace:
    """How many documents, where to, and a folder to work in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--home", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    print(json.dumps(measured(arguments())))
