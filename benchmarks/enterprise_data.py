"""How fast a message of EnterpriseData is read, every object checked, and in how much memory.

The message holds orders of clients with three lines each, in the newest version, as a base
writes them: every reference comes with its key properties, and a rate of VAT is an object.
It is read in a process that does nothing else, and a tenth of it in another: the memory of
the two must be the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from benchmarks.lab import Figures, Lab, run_for_figures
from benchmarks.measure import Benchmark, Measured
from benchmarks.memory import peak_mb

LEAST_PER_SECOND = 8_000
MOST_GROWTH_MB = 5
DOCUMENTS = 10_000
ROUNDS = 3
VERSION = "1.21"

OPENING = f"""<?xml version="1.0" encoding="UTF-8"?>
<Message xmlns:msg="http://www.1c.ru/SSL/Exchange/Message" \
xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
	<msg:Header>
		<msg:Format>http://v8.1c.ru/edi/edi_stnd/EnterpriseData/{VERSION}</msg:Format>
		<msg:CreationDate>2026-11-22T10:00:00</msg:CreationDate>
		<msg:AvailableVersion>{VERSION}</msg:AvailableVersion>
	</msg:Header>
	<Body xmlns="http://v8.1c.ru/edi/edi_stnd/EnterpriseData/{VERSION}">
"""
CLOSING = "\t</Body>\n</Message>\n"
PARTY = """\
				<{tag}>
					<Ссылка>{key}</Ссылка>
					<Наименование>{name}</Наименование>
					<ИНН>{inn}</ИНН>
					<КПП>770001001</КПП>
					<ЮридическоеФизическоеЛицо>ЮридическоеЛицо</ЮридическоеФизическоеЛицо>
				</{tag}>
"""
CURRENCY = """\
			<{tag}>
				<Ссылка>00000000-0000-4000-8000-000000000643</Ссылка>
				<ДанныеКлассификатора>
					<Код>643</Код>
					<Наименование>руб.</Наименование>
				</ДанныеКлассификатора>
			</{tag}>
"""
ROW = """\
				<Строка>
					<НомерСтрокиДокумента>{number}</НомерСтрокиДокумента>
					<ДанныеНоменклатуры>
						<Номенклатура>
							<Ссылка>{key}</Ссылка>
							<НаименованиеПолное>Букет цветов № {product}</НаименованиеПолное>
							<КодВПрограмме>00-{product:08}</КодВПрограмме>
							<Наименование>Букет № {product}</Наименование>
						</Номенклатура>
					</ДанныеНоменклатуры>
					<Количество>{number}</Количество>
					<Сумма>{amount}</Сумма>
					<Цена>1250.5</Цена>
					<СтавкаНДС>
						<Ставка>22</Ставка>
						<РасчетнаяСтавка>false</РасчетнаяСтавка>
						<НеОблагается>false</НеОблагается>
						<ВидСтавки>Общая</ВидСтавки>
					</СтавкаНДС>
					<СуммаНДС>225.5</СуммаНДС>
				</Строка>
"""
ORDER = """\
		<Документ.ЗаказКлиента>
			<КлючевыеСвойства>
				<Ссылка>{key}</Ссылка>
				<Дата>2026-11-{day:02}T12:00:00</Дата>
				<Номер>CRM-{number:07}</Номер>
{organization}			</КлючевыеСвойства>
{currency}			<Сумма>7503</Сумма>
{client}			<ДанныеВзаиморасчетов>
				<Договор>
					<Ссылка>{contract}</Ссылка>
					<ВидДоговора>СПокупателем</ВидДоговора>
{organization}{client}					<Наименование>Поставка 2026</Наименование>
				</Договор>
{settled_in}				<КурсВзаиморасчетов>1</КурсВзаиморасчетов>
				<КратностьВзаиморасчетов>1</КратностьВзаиморасчетов>
			</ДанныеВзаиморасчетов>
			<СуммаВключаетНДС>true</СуммаВключаетНДС>
			<Товары>
{rows}			</Товары>
		</Документ.ЗаказКлиента>
"""


def orders(count: int) -> Iterator[str]:
    """Orders one by one; their clients and products repeat as in a real base."""
    organization = PARTY.format(
        tag="Организация", key=UUID(int=1), name="Ромашка", inn="7700123459"
    )
    currency, settled_in = (
        CURRENCY.format(tag="Валюта"),
        CURRENCY.format(tag="ВалютаВзаиморасчетов"),
    )
    for number in range(1, count + 1):
        who = number % 200
        client = PARTY.format(
            tag="Контрагент", key=UUID(int=1000 + who), name=f"Клиент {who}", inn="7811987655"
        )
        rows = "".join(_row(line, (number + line) % 500) for line in (1, 2, 3))
        yield ORDER.format(
            key=UUID(int=10_000_000 + number),
            day=number % 28 + 1,
            number=number,
            organization=organization,
            currency=currency,
            client=client,
            contract=UUID(int=2000 + who),
            settled_in=settled_in,
            rows=rows,
        )


def _row(number: int, product: int) -> str:
    amount = f"{number * 1250.5:.2f}"
    return ROW.format(number=number, key=UUID(int=5000 + product), product=product, amount=amount)


def write_message(path: Path, count: int) -> None:
    """A message of that many orders."""
    with path.open("w", encoding="utf-8") as target:
        target.write(OPENING)
        target.writelines(orders(count))
        target.write(CLOSING)


def measured(path: Path) -> Figures:
    """Figures of this process: the fastest reading, in seconds of the processor.

    Nothing but computing is measured, so neighbours that take the processor away do not count.
    """
    from provodka.connectors.onec.enterprise_data.message import Found, read_message

    def once() -> tuple[float, int]:
        with path.open("rb") as stream:
            started = time.process_time()
            _header, objects = read_message(stream)
            found = sum(1 for one in objects if isinstance(one, Found))
            return time.process_time() - started, found

    seconds, found = min(once() for _round in range(ROUNDS + 1))
    return {"per_second": round(found / seconds), "documents": found, "peak_mb": peak_mb()}


def run(lab: Lab) -> Measured:
    """Documents a second; short as well if memory grows with the message."""
    figures = {}
    for name, count in (("whole", DOCUMENTS), ("tenth", DOCUMENTS // 10)):
        path = lab.folder / f"orders_{name}.xml"
        write_message(path, count)
        command = (sys.executable, "-m", "benchmarks.enterprise_data", str(path))
        figures[name] = run_for_figures(command) | {"bytes": path.stat().st_size}
    whole, growth = figures["whole"], figures["whole"]["peak_mb"] - figures["tenth"]["peak_mb"]
    detail = {
        "peak_mb": whole["peak_mb"],
        "growth_mb": round(growth, 1),
        "bytes_per_document": whole["bytes"] // DOCUMENTS,
        "megabytes_per_second": round(whole["bytes"] / DOCUMENTS * whole["per_second"] / 1e6, 1),
    }
    enough = whole["documents"] == DOCUMENTS and whole["per_second"] >= LEAST_PER_SECOND
    return Measured(whole["per_second"], enough and growth < MOST_GROWTH_MB, detail)


benchmark = Benchmark(
    "enterprise_data_read",
    "documents/s",
    f"≥ {LEAST_PER_SECOND}, growth < {MOST_GROWTH_MB} MB",
    run,
)

if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
