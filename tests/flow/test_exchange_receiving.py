"""Messages of a base, given from memory: what is taken, set aside, counted, refused."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from sqlalchemy import Engine, text

from provodka.connectors.onec.enterprise_data.message import (
    Confirmation,
    Header,
    deletion,
    namespace_of,
    write_message,
)
from provodka.connectors.onec.enterprise_data.soap.answers import Received
from provodka.connectors.onec.enterprise_data.soap.numbering import NumbersWentBack
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.flows.hub import Hub, open_hub
from provodka.flows.onec.exchange.place import Place, read_place
from provodka.flows.onec.exchange.receiving import receive
from provodka.flows.onec.exchange.running import run_exchange
from provodka.flows.onec.following.guarding import TooManyDeletions
from provodka.flows.onec.replaying import replay
from provodka.flows.settings import Environment
from provodka.flows.tolerance import TooManySetAside
from provodka.foundation.errors import ConfigurationError, Misunderstood

SETTINGS = """\
company: {{name: ООО «Ромашка», inn: "6670123457"}}
onec:
  url: http://127.0.0.1:9/buh
  login: hub
  password_file: {secret}
  protocol: enterprise_data
  exchange_node: CRM
  deletes_max: 1
  deletes_max_share: 10
"""
VERSION = "1.21"
CLIENTS = [f"00000000-0000-4000-8000-0000000001{number:02}" for number in range(20)]
CONTRACT = "00000000-0000-4000-8000-000000000200"
ORGANIZATION = "00000000-0000-4000-8000-000000000300"
PRODUCT = "00000000-0000-4000-8000-000000000400"
CURRENCY = {"ДанныеКлассификатора": {"Код": "643", "Наименование": "руб."}}
MEND = """
    UPDATE hub.quarantine SET payload = jsonb_set(payload, '{xml}', to_jsonb(CAST(:x AS text)))
    WHERE state = 'open'
"""
Objects = Sequence[tuple[str, Any]]


def organization() -> dict[str, Any]:
    return {
        "Ссылка": ORGANIZATION,
        "Наименование": "Ромашка",
        "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
    }


def client(key: str) -> dict[str, Any]:
    return {
        "Ссылка": key,
        "Наименование": f"Клиент {key[-2:]}",
        "ЮридическоеФизическоеЛицо": "ЮридическоеЛицо",
    }


def contract(key: str = CLIENTS[0]) -> dict[str, Any]:
    return {
        "Ссылка": CONTRACT,
        "ВидДоговора": "СПокупателем",
        "Организация": organization(),
        "Контрагент": client(key),
        "Наименование": "Без договора",
    }


def clients() -> Objects:
    return [("Справочник.Контрагенты", {"КлючевыеСвойства": client(key)}) for key in CLIENTS]


def payment(number: int, order: str = "", who: str = CLIENTS[0]) -> tuple[str, Any]:
    from datetime import date
    from decimal import Decimal

    keys = {
        "Ссылка": f"00000000-0000-4000-8000-0000000005{number:02}",
        "Дата": datetime(2026, 11, 20, 10),  # noqa: DTZ001 - the format's times have no zone
        "Номер": f"БП00-{number:06}",
        "Организация": organization(),
    }
    row: dict[str, Any] = {"Сумма": Decimal(100), "ДанныеВзаиморасчетов": {"Договор": contract()}}
    if order:
        row["Заказ"] = {"ЗаказКлиента": keys | {"Ссылка": order}}
    return "Документ.ПБДСРасчетыСКонтрагентами", {
        "КлючевыеСвойства": keys,
        "ОбщиеДанные": {
            "ДатаВыписки": date(2026, 11, 20),
            "Валюта": CURRENCY,
            "Сумма": Decimal(100),
            "БанковскийСчетОрганизации": {"Владелец": {"ОрганизацииСсылка": organization()}},
        },
        "ВидРасчетов": "СПокупателем",
        "Контрагент": client(who),
        "РасшифровкаПлатежа": {"Строка": [row]},
    }


@dataclass
class Base:
    """A base whose messages are given one by one; remembers what was let go and sent."""

    settings: SoapSettings
    waiting: list[bytes] = field(default_factory=list)
    let_go: int = 0
    sent: list[bytes] = field(default_factory=list)

    def receive(self, to: BinaryIO) -> Received:
        xml = self.waiting[0]
        to.write(xml)
        return Received("file", 1, len(xml), len(xml), hashlib.sha256(xml).hexdigest())

    def confirm(self, _received: Received) -> None:
        self.let_go += 1
        self.waiting.pop(0)

    def send(self, xml: BinaryIO) -> None:
        self.sent.append(xml.read())

    def says(
        self,
        number: int,
        objects: Objects = (),
        *,
        received: int = 0,
        mend: Callable[[str], str] = str,
    ) -> None:
        header = Header(
            format=namespace_of(VERSION),
            created=datetime(2026, 11, 22, 10),  # noqa: DTZ001 - the format's times have no zone
            versions=("1.21", "1.8"),
            confirmation=Confirmation(
                sender="БП", recipient="CRM", message_no=number, received_no=received
            ),
        )
        target = io.BytesIO()
        write_message(target, header, objects)
        self.waiting.append(mend(target.getvalue().decode()).encode())


@pytest.fixture
def hub(store_url: str, tmp_path: Path) -> Iterator[Hub]:
    """A hub whose base answers from memory."""
    secret, config = tmp_path / "secret", tmp_path / "hub.yaml"
    secret.write_text("x", encoding="utf-8")
    config.write_text(SETTINGS.format(secret=secret), encoding="utf-8")
    place = Environment(config=config, home=tmp_path, database_url=store_url)
    with open_hub(place) as opened:
        reached = OneCSettings("http://127.0.0.1:9/buh", "hub", "x")
        base: Any = Base(SoapSettings(reached, peer_code="CRM", spool=tmp_path / "spool"))
        yield replace(opened, exchange=base)


@pytest.fixture
def base(hub: Hub) -> Base:
    """The base behind the hub."""
    return cast("Base", hub.exchange)


def rows(hub: Hub, sql: str) -> list[tuple[Any, ...]]:
    with hub.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def place(engine: Engine) -> Place:
    with engine.connect() as connection:
        return read_place(connection)


def test_a_message_is_taken_once_and_its_repeat_changes_nothing(hub: Hub, base: Base) -> None:
    base.says(1, [*clients(), payment(1)])
    base.waiting.append(base.waiting[0])
    first = receive(hub, hub.engine)
    assert (first["read"], first["new"]) == (21, 23)
    before = rows(hub, "SELECT count(*), max(id) FROM hub.delta")
    assert receive(hub, hub.engine) == {}
    assert rows(hub, "SELECT count(*), max(id) FROM hub.delta") == before
    assert base.let_go == 2
    assert place(hub.engine).numbers.received == 1


def test_what_a_document_names_and_never_came_is_made_of_its_key_properties(
    hub: Hub, base: Base
) -> None:
    base.says(1, [payment(1)])
    receive(hub, hub.engine)
    assert rows(hub, "SELECT name FROM crm.contract") == [("Без договора",)]
    assert rows(hub, "SELECT name FROM crm.client") == [("Клиент 00",)]
    assert rows(hub, "SELECT amount FROM crm.payment") == [(100,)]
    full = {"КлючевыеСвойства": contract() | {"Наименование": "Поставка 2026"}}
    base.says(2, [("Справочник.Договоры", full)])
    receive(hub, hub.engine)
    assert rows(hub, "SELECT name FROM crm.contract") == [("Поставка 2026",)]


def test_an_order_of_nobodys_is_no_order_and_holds_up_no_payment(hub: Hub, base: Base) -> None:
    base.says(1, [payment(1, order="00000000-0000-4000-8000-00000000dead")])
    receive(hub, hub.engine)
    assert rows(hub, "SELECT invoice_id FROM crm.payment_allocations") == [(None,)]
    assert rows(hub, "SELECT count(*) FROM hub.parked") == [(0,)]


def test_an_object_that_does_not_fit_is_set_aside_whole_and_can_be_replayed(
    hub: Hub, base: Base
) -> None:
    def spoil(xml: str) -> str:
        return xml.replace("<ВидРасчетов>СПокупателем", "<ВидРасчетов>СДругом", 1)

    base.says(1, [payment(1), payment(2)], mend=spoil)
    counts = receive(hub, hub.engine)
    assert (counts["set_aside"], counts["read"]) == (1, 1)
    [(stream, key, place_, payload)] = rows(
        hub, "SELECT stream, external_key, place, payload FROM hub.quarantine WHERE state = 'open'"
    )
    assert (stream, key[-2:]) == ("onec:payment_bank", "01")
    assert "ВидРасчетов" in place_
    assert "СДругом" in payload["xml"]
    assert replay(hub, stream)["new"] == 0
    mended = payload["xml"].replace("СДругом", "СПокупателем")
    with hub.engine.begin() as connection:
        connection.execute(
            text(MEND),
            {"x": mended},
        )
    assert replay(hub, stream)["new"] == 1
    assert rows(hub, "SELECT count(*) FROM hub.quarantine WHERE state = 'open'") == [(0,)]


def test_objects_that_do_not_fit_count_towards_the_share_at_which_the_exchange_stops(
    hub: Hub, base: Base
) -> None:
    """Together with those that fit the schema and make no sense to the mapping or the store."""

    def spoil(xml: str) -> str:
        return xml.replace("<ВидРасчетов>СПокупателем", "<ВидРасчетов>СДругом", 3)

    strict = hub.settings.streams.model_copy(update={"set_aside_share": 40, "set_aside_least": 2})
    hub = replace(hub, settings=hub.settings.model_copy(update={"streams": strict}))
    base.says(1, [payment(number) for number in range(1, 7)], mend=spoil)
    with pytest.raises(TooManySetAside, match="отложено 3 из 6") as stopped:
        run_exchange(hub, hub.engine)
    assert len(stopped.value.aside) == 3
    assert rows(hub, "SELECT count(*) FROM crm.payment") == [(0,)]
    assert place(hub.engine).numbers.received == 0
    assert len(base.waiting) == 1
    with hub.engine.begin() as connection:
        stopped.value.keep(connection)
        connection.execute(text("UPDATE hub.quarantine SET state = 'open'"))
    # What a person knows of already stops nothing: the others go on.
    assert run_exchange(hub, hub.engine)["set_aside"] == 3
    assert rows(hub, "SELECT count(*) FROM crm.payment") == [(3,)]


def test_misfits_of_both_kinds_are_counted_together(hub: Hub, base: Base) -> None:
    def spoil(xml: str) -> str:
        return xml.replace("<ВидРасчетов>СПокупателем", "<ВидРасчетов>СДругом", 1)

    strict = hub.settings.streams.model_copy(update={"set_aside_share": 30, "set_aside_least": 2})
    hub = replace(hub, settings=hub.settings.model_copy(update={"streams": strict}))
    with hub.engine.begin() as connection:
        odd = "ALTER TABLE crm.payment ADD CONSTRAINT odd CHECK (number <> 'БП00-000002')"
        connection.execute(text(odd))
    base.says(1, [payment(number) for number in range(1, 6)], mend=spoil)
    with pytest.raises(TooManySetAside, match="отложено 2 из 5"):
        run_exchange(hub, hub.engine)


def test_objects_of_no_mapping_are_counted(hub: Hub, base: Base) -> None:
    unit = {"КлючевыеСвойства": {"ДанныеКлассификатора": {"Код": "796", "Наименование": "шт"}}}
    base.says(1, [("Справочник.ЕдиницыИзмерения", unit), *clients()])
    assert receive(hub, hub.engine)["foreign"] == 1


def test_a_deletion_buries_and_too_many_wait_for_a_person_while_sending_goes_on(
    hub: Hub, base: Base
) -> None:
    base.says(1, clients())
    run_exchange(hub, hub.engine)
    one = deletion("Справочник.Контрагенты", CLIENTS[0], VERSION)
    base.says(2, [one], received=1)
    assert run_exchange(hub, hub.engine)["deleted"] == 1
    assert rows(hub, "SELECT count(*) FROM crm.client WHERE deleted_at IS NOT NULL") == [(1,)]
    many = [deletion("Справочник.Контрагенты", key, VERSION) for key in CLIENTS[1:9]]
    base.says(3, [*many, payment(1, who=CLIENTS[15])], received=2)
    with pytest.raises(TooManyDeletions):
        run_exchange(hub, hub.engine)
    assert rows(hub, "SELECT count(*) FROM crm.client WHERE deleted_at IS NOT NULL") == [(1,)]
    assert rows(hub, "SELECT count(*) FROM crm.payment") == [(1,)]
    assert place(hub.engine).numbers.received == 2
    assert len(base.waiting) == 1


def test_an_empty_message_is_not_answered_and_a_full_one_is(hub: Hub, base: Base) -> None:
    base.says(1, clients())
    run_exchange(hub, hub.engine)
    base.says(2, received=1)
    run_exchange(hub, hub.engine)
    assert len(base.sent) == 1
    assert b"<msg:ReceivedNo>1</msg:ReceivedNo>" in base.sent[0]
    assert place(hub.engine).numbers.received == 2


def test_a_message_broken_in_the_middle_is_dropped_and_its_number_not_confirmed(
    hub: Hub, base: Base
) -> None:
    base.says(1, clients(), mend=lambda xml: xml[: len(xml) - 40])
    with pytest.raises(Misunderstood):
        receive(hub, hub.engine)
    assert base.let_go == 1
    assert place(hub.engine).numbers.received == 0
    base.says(2, clients())
    receive(hub, hub.engine)
    assert rows(hub, "SELECT count(*) FROM crm.client") == [(20,)]


def test_numbers_that_contradict_stop_the_exchange_and_keep_the_message(
    hub: Hub, base: Base
) -> None:
    base.says(7, clients())
    receive(hub, hub.engine)
    base.says(3, clients())
    with pytest.raises(NumbersWentBack):
        receive(hub, hub.engine)
    assert len(base.waiting) == 1
    counts = run_exchange(hub, hub.engine, accepting=True)
    assert counts["same"] == 20
    assert place(hub.engine).numbers.received == 3


def test_a_base_that_never_names_our_numbers_is_noticed(hub: Hub, base: Base) -> None:
    for number in (1, 2, 3):
        base.says(number, [payment(number)])
        run_exchange(hub, hub.engine)
    assert place(hub.engine).deaf
    base.says(4, [payment(4)], received=3)
    run_exchange(hub, hub.engine)
    assert not place(hub.engine).deaf


def test_a_header_without_a_number_is_refused(hub: Hub, base: Base) -> None:
    base.says(1, clients(), mend=lambda xml: xml.replace("<msg:MessageNo>1</msg:MessageNo>", ""))
    with pytest.raises(Misunderstood, match="нет номера"):
        receive(hub, hub.engine)


def in_version(version: str, *spoken: str) -> Callable[[str], str]:
    """The same message as a base writes it that speaks these versions, in one of them."""

    def mend(xml: str) -> str:
        before, _first, rest = xml.partition("<msg:AvailableVersion>")
        _old, _last, after = rest.rpartition("</msg:AvailableVersion>")
        told = "".join(f"<msg:AvailableVersion>{one}</msg:AvailableVersion>" for one in spoken)
        return (before + told + after).replace(
            f"EnterpriseData/{VERSION}", f"EnterpriseData/{version}"
        )

    return mend


@pytest.mark.parametrize(
    ("version", "spoken"),
    [("1.5", ["1.5"]), ("1.10", ["1.10", "1.11", "1.17"]), ("1.25", ["1.25"])],
)
def test_a_base_with_no_version_in_common_is_told_of_with_the_versions_of_both_sides(
    hub: Hub, base: Base, version: str, spoken: list[str]
) -> None:
    base.says(1, clients(), mend=in_version(version, *spoken))
    with pytest.raises(Misunderstood) as told:
        run_exchange(hub, hub.engine)
    said = str(told.value)
    assert told.value.code == "no_common_version"
    assert all(one in said for one in [*spoken, "1.8, 1.21", "onec.protocol"])
    # Nothing is confirmed, and the base makes the message anew once it has been updated.
    assert (base.waiting, base.sent, place(hub.engine).numbers.received) == ([], [], 0)
    assert rows(hub, "SELECT count(*) FROM crm.client") == [(0,)]


@pytest.mark.parametrize(
    ("spoken", "agreed"),
    [(["1.6", "1.7", "1.8", "1.10", "1.17"], "1.8"), (["1.2", "1.20", "1.21", "1.25"], "1.21")],
)
def test_a_base_that_begins_in_a_version_unknown_here_is_asked_for_the_highest_common_one(
    hub: Hub, base: Base, spoken: list[str], agreed: str
) -> None:
    base.says(1, clients(), mend=in_version(spoken[0], *spoken))
    base.says(2, mend=in_version(agreed, *spoken))
    run_exchange(hub, hub.engine)
    [greeting] = base.sent
    assert f"EnterpriseData/{agreed}</msg:Format>".encode() in greeting
    assert place(hub.engine).version == agreed


def test_odata_is_not_asked_for_where_messages_are_spoken(hub: Hub) -> None:
    with pytest.raises(ConfigurationError, match="EnterpriseData"):
        hub.require_base()
