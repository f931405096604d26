"""Short hands for a sandbox's base and its control API, and a sandbox as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

Record = dict[str, Any]
INVOICES = "Document_СчетНаОплатуПокупателю"
SHIPMENTS = "Document_РеализацияТоваровУслуг"
RECEIPTS = "Document_ПоступлениеНаРасчетныйСчет"
STATUSES = "InformationRegister_СтатусыДокументов"
NO_METADATA = "application/json;odata=nometadata"


def exact(response: httpx.Response) -> Any:
    """JSON with numbers as `Decimal`."""
    return json.loads(response.text, parse_float=Decimal, parse_int=Decimal)


class Base:
    """The OData service of one sandbox."""

    def __init__(self, about: Record) -> None:
        login = httpx.BasicAuth(about["onec_login"].encode(), about["onec_password"])
        self.about = about
        self._draft: Record = {}
        self.http = httpx.Client(
            base_url=about["onec_url"],
            auth=login,
            headers={"Accept": NO_METADATA},
            verify=False,  # noqa: S501 - plain HTTP; certificates take a tenth of a second to load
        )

    def get(self, path: str, **options: str) -> httpx.Response:
        """GET; options are named without their `$`."""
        plain = {"allowedOnly"}
        query = {name if name in plain else f"${name}": text for name, text in options.items()}
        return self.http.get(path, params=query)

    def rows(self, path: str, **options: str) -> list[Record]:
        """The entries of a set."""
        response = self.get(path, **options)
        assert response.status_code == 200, response.text
        found: list[Record] = exact(response)["value"]
        return found

    def error(self, response: httpx.Response) -> tuple[int, str, str]:
        """HTTP status, code and text of a refusal."""
        found = response.json()["odata.error"]
        assert found["message"]["lang"] == "ru"
        return response.status_code, found["code"], found["message"]["value"]

    def draft(self, **changes: Any) -> Record:
        """The body of an ordinary invoice of two rows: 3 210.00 ₽ with VAT included."""
        self._draft = self._draft or self._compose()
        return {**self._draft, **changes}

    def _compose(self) -> Record:
        company = self.rows("Catalog_Организации")[0]
        party = self.rows("Catalog_Контрагенты", filter="Code eq '00-000002'")[0]["Ref_Key"]
        owned = f"Owner_Key eq guid'{party}' and ВидДоговора eq 'СПокупателем'"
        water, care = (
            self.rows("Catalog_Номенклатура", filter=f"Артикул eq '{article}'")[0]["Ref_Key"]
            for article in ("ВОДА-19", "УСЛ-САН")
        )
        kind = {"Номенклатура_Type": "StandardODATA.Catalog_Номенклатура", "СтавкаНДС": "НДС22"}
        rows = [
            {"LineNumber": "1", "Номенклатура": water, "Количество": 3, "Цена": 620, "Сумма": 1860},
            {"LineNumber": "2", "Номенклатура": care, "Количество": 1, "Цена": 1350, "Сумма": 1350},
        ]
        return {
            "Date": "2026-11-20T10:00:00",
            "Организация_Key": company["Ref_Key"],
            "Контрагент_Key": party,
            "ДоговорКонтрагента_Key": self.rows("Catalog_ДоговорыКонтрагентов", filter=owned)[0][
                "Ref_Key"
            ],
            "СтруктурнаяЕдиница_Key": company["ОсновнойБанковскийСчет_Key"],
            "ВалютаДокумента_Key": self.rows("Catalog_Валюты")[0]["Ref_Key"],
            "СуммаВключаетНДС": True,
            "СуммаДокумента": 3210,
            "ВидОперации": "ТоварыИУслуги",
            "Товары": [row | kind for row in rows],
        }

    def create(self, set_name: str = INVOICES, **changes: Any) -> Record:
        """A new invoice."""
        response = self.http.post(set_name, json=self.draft(**changes))
        assert response.status_code == 201, response.text
        created: Record = exact(response)
        return created

    def post(self, record: Record, set_name: str = INVOICES) -> httpx.Response:
        """The action Post."""
        return self.http.post(f"{address(record, set_name)}/Post")

    def posted(self, **changes: Any) -> Record:
        """A new posted invoice."""
        record = self.create(**changes)
        assert self.post(record).status_code == 200
        return record

    def read(self, record: Record, set_name: str = INVOICES) -> Record:
        """An object as it stands now."""
        found: Record = exact(self.get(address(record, set_name)))
        return found

    def status(self, invoice: Record) -> tuple[str, str]:
        """Payment and shipment status of an invoice, as the register has them."""
        kind = f"StandardODATA.{INVOICES}"
        key = (
            f"Организация_Key=guid'{invoice['Организация_Key']}',"
            f"Документ='{invoice['Ref_Key']}',Документ_Type='{kind}'"
        )
        row = self.get(f"{STATUSES}({key})").json()
        return row["Статус"], row["ДополнительныйСтатус"]


class Hands:
    """The control API of one sandbox."""

    def __init__(self, about: Record) -> None:
        self.http = httpx.Client(base_url=about["control_url"], timeout=60, verify=False)  # noqa: S501

    def ask(self, method: str, path: str, /, **body: Any) -> Record:
        """Call an action that succeeds."""
        response = self.http.request(method, path, json=body)
        assert response.status_code == 200, response.text
        answer: Record = response.json()
        return answer

    def fault(self, kind: str, /, **settings: Any) -> None:
        """Put a fault in force."""
        self.ask("POST", "faults", kind=kind, **settings)

    def pay(self, invoice: Record, **wish: Any) -> Record:
        """The accountant registers a payment."""
        return self.ask("POST", "accountant/pay", invoice=invoice["Ref_Key"], **wish)

    def ship(self, invoice: Record, **wish: Any) -> Record:
        """The accountant ships."""
        return self.ask("POST", "accountant/ship", invoice=invoice["Ref_Key"], **wish)


def address(record: Record, set_name: str = INVOICES) -> str:
    """Where an object lives."""
    return f"{set_name}(guid'{record['Ref_Key']}')"


class Process:
    """A sandbox that a test starts and ends itself."""

    def __init__(self, state: Path, *options: str) -> None:
        command = [sys.executable, "-m", "provodka.sandbox", "--state", str(state), *options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.about: Record = json.loads(self._process.stdout.readline())

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self._process.terminate()
        return self._ended()

    def kill(self) -> int:
        """SIGKILL."""
        self._process.kill()
        return self._ended()

    def _ended(self) -> int:
        code = self._process.wait(10)
        if self._process.stdout:
            self._process.stdout.close()
        return code
