"""The client against the stand-in base: two readings of one protocol, written apart."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.request import Request, urlopen
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from provodka.connectors.http import Retries
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.errors import NotFound
from provodka.connectors.onec.odata.filters import Field, Section
from provodka.connectors.onec.odata.literals import Ref
from provodka.connectors.onec.odata.query import Query
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.connectors.onec.odata.writes import StoredDifferently, Written
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    DocumentError,
    ProvodkaError,
    Refused,
    UnknownOutcome,
)

INVOICES = "Document_СчетНаОплатуПокупателю"
CLIENTS = "Catalog_Контрагенты"
MOSCOW = ZoneInfo("Europe/Moscow")
QUICK = Retries(attempts=3, first_wait=0.001, longest_wait=0.002)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    state = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "provodka.sandbox", "--state", str(state), "--no-pbx"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process, process.stdout as output:
        yield json.loads(output.readline())
        process.terminate()


@pytest.fixture
def base(sandbox: dict[str, Any]) -> Iterator[ODataBase]:
    control(sandbox, "DELETE", "faults")
    with ODataBase(settings_of(sandbox), retries=QUICK) as opened:
        yield opened


def settings_of(sandbox: dict[str, Any], **changes: Any) -> OneCSettings:
    asked = {"login": sandbox["onec_login"], "password": sandbox["onec_password"], **changes}
    return OneCSettings(sandbox["onec_url"], **asked)


def control(sandbox: dict[str, Any], verb: str, action: str, /, **body: Any) -> Any:
    request = Request(  # noqa: S310
        sandbox["control_url"] + action, json.dumps(body).encode(), method=verb
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def written_with(sandbox: dict[str, Any], marker: str) -> int:
    entries = control(sandbox, "GET", "ledger")["entries"]
    return sum(entry["method"] == "POST" and marker in entry["comment"] for entry in entries)


def first(base: ODataBase, set_name: str, **fields: Any) -> dict[str, Any]:
    query = Query(select=("Ref_Key",), order=("Code",))
    for name, value in fields.items():
        query = replace(query, filter=Field(name) == value)
    return next(base.read_pages(set_name, query)).rows[0]


def invoice(base: ODataBase, comment: str) -> dict[str, Any]:
    product = first(base, "Catalog_Номенклатура", IsFolder=False)
    client = UUID(first(base, CLIENTS, IsFolder=False)["Ref_Key"])
    contract = first(base, "Catalog_ДоговорыКонтрагентов", Owner_Key=client)
    price, amount = Decimal("350.50"), Decimal("701.00")
    return {
        "Date": datetime(2026, 11, 22, 0, 30, tzinfo=MOSCOW),
        "Организация_Key": UUID(first(base, "Catalog_Организации")["Ref_Key"]),
        "Контрагент_Key": client,
        "ДоговорКонтрагента_Key": UUID(contract["Ref_Key"]),
        "Комментарий": comment,
        "СуммаДокумента": amount,
        "Товары": [
            {
                "Номенклатура": Ref("Catalog_Номенклатура", UUID(product["Ref_Key"])),
                "Содержание": "Вода питьевая, 19 л",
                "Количество": Decimal(2),
                "Цена": price,
                "Сумма": amount,
                "СтавкаНДС": "НДС22",
            }
        ],
    }


def create(base: ODataBase, marker: str, **how: Any) -> Written:
    body = invoice(base, f"{marker} счёт из CRM ")
    return base.create(INVOICES, body, marker_field="Комментарий", marker=marker, **how)


def attempts(base: ODataBase, marker: str, most: int) -> Iterator[ProvodkaError | None]:
    """Try to create as an outbox would, until it succeeds; what each attempt ended with."""
    for _attempt in range(most):
        try:
            create(base, marker)
        except ProvodkaError as error:
            yield error
        else:
            yield None
            return


def test_the_base_is_recognised_and_ready(base: ODataBase) -> None:
    found = base.probe([CLIENTS, INVOICES, "Catalog_Выдумка"])
    assert found.configuration == "Бухгалтерия предприятия 3.0"
    assert found.missing == ("Catalog_Выдумка",)
    assert found.unreadable == ()


def test_its_metadata_knows_the_fields_that_matter(base: ODataBase) -> None:
    known = base.metadata(now=datetime.now(UTC))
    assert known.set(INVOICES).composites_of("Товары") == {"Номенклатура"}
    assert known.missing_fields(INVOICES, ["Контрагент_Key", "Товары/Цена", "Дата"])[0].name == (
        "Дата"
    )
    assert "Balance" not in known.set("AccumulationRegister_ОплатаСчетов").functions
    assert {"Post", "Unpost"} <= set(known.set(INVOICES).functions)


def test_a_wrong_password_is_denied(sandbox: dict[str, Any]) -> None:
    with (
        ODataBase(settings_of(sandbox, password="чужой"), retries=QUICK) as base,
        pytest.raises(AccessDenied),
    ):
        base.count(CLIENTS)


def test_a_document_is_stored_as_it_was_sent_and_found_again(base: ODataBase) -> None:
    made = create(base, "метка-один")
    again = create(base, "метка-один")
    assert (made.found, again.found) == (False, True)
    assert again.ref == made.ref
    row = base.get(INVOICES, made.ref)
    assert row is not None
    assert row["Date"] == "2026-11-22T00:30:00"
    assert row["Товары"][0]["LineNumber"] == "1"
    assert row["Товары"][0]["Цена"] == Decimal("350.50")


@pytest.mark.parametrize(
    "kind", ["drop_after", "drop_before", "html200", "error500", "unavailable503"]
)
def test_a_create_that_went_wrong_lands_once_when_tried_again(
    base: ODataBase, sandbox: dict[str, Any], kind: str
) -> None:
    marker = f"метка-{kind}"
    control(sandbox, "POST", "faults", kind=kind, method="POST")
    try:
        create(base, marker, may_exist=False)
    except UnknownOutcome:
        create(base, marker)
    assert written_with(sandbox, marker) == 1


@pytest.mark.requirement("R27")
def test_whatever_goes_wrong_and_however_often_each_document_lands_once(
    base: ODataBase, sandbox: dict[str, Any]
) -> None:
    chance = random.Random(20261122)  # noqa: S311
    kinds = ["drop_after", "drop_before", "html200", "error500", "unavailable503", "half_page"]
    for number in range(25):
        marker = f"случай-{number:03}-"
        for kind in chance.choices(kinds, k=3):
            method = "GET" if kind == "half_page" else chance.choice(["GET", "POST"])
            if kind != "drop_after" or method == "POST":
                control(sandbox, "POST", "faults", kind=kind, method=method, path=INVOICES)
        errors = [error for error in attempts(base, marker, 12) if error is not None]
        assert not [error for error in errors if isinstance(error, DocumentError)]
        assert written_with(sandbox, marker) == 1
        control(sandbox, "DELETE", "faults")


@pytest.mark.parametrize("fault", [{"kind": "truncate", "length": 12}, {"kind": "ignore_field"}])
def test_what_1c_cut_or_dropped_is_named_with_both_values(
    base: ODataBase, sandbox: dict[str, Any], fault: dict[str, Any]
) -> None:
    control(sandbox, "POST", "faults", **fault)
    with pytest.raises(StoredDifferently) as caught:
        create(base, "метка-урез", may_exist=False)
    (difference,) = caught.value.differences
    assert difference.field == "Комментарий"
    assert difference.sent == "метка-урез счёт из CRM "
    assert difference.stored in {"", "метка-урез с"}
    assert base.get(INVOICES, caught.value.written.ref) is not None


def test_a_refusal_of_the_configuration_is_quoted(base: ODataBase, sandbox: dict[str, Any]) -> None:
    control(sandbox, "POST", "faults", kind="refuse", method="POST", text="Период закрыт!")
    with pytest.raises(Refused, match="Период закрыт!"):
        create(base, "метка-отказ", may_exist=False)


def test_a_document_is_posted_unposted_and_marked(base: ODataBase) -> None:
    ref = create(base, "метка-проведение").ref
    base.post(INVOICES, ref)
    assert (base.get(INVOICES, ref) or {})["Posted"] is True
    base.unpost(INVOICES, ref)
    assert (base.get(INVOICES, ref) or {})["Posted"] is False
    assert base.mark_deleted(INVOICES, ref).row["DeletionMark"] is True


def test_an_update_changes_the_version_and_replaces_the_section_whole(base: ODataBase) -> None:
    made = create(base, "метка-правка")
    lines = [{"Цена": Decimal("1.10")}, {"Цена": Decimal("2.20")}]
    changed = base.update(INVOICES, made.ref, {"Товары": lines})
    assert changed.version != made.version
    assert [row["Цена"] for row in changed.row["Товары"]] == [Decimal("1.10"), Decimal("2.20")]


def test_an_unknown_field_is_not_taken_for_stored(base: ODataBase) -> None:
    made = create(base, "метка-поле")
    with pytest.raises(StoredDifferently, match="НетТакого"):
        base.update(INVOICES, made.ref, {"НетТакого": "x"})


def test_absent_objects_sets_and_fields_are_told_apart(base: ODataBase) -> None:
    nobody = UUID(int=5)
    assert base.get(CLIENTS, nobody) is None
    with pytest.raises(NotFound):
        base.post(INVOICES, nobody)
    with pytest.raises(ConfigurationError) as unpublished:
        base.count("Catalog_Выдумка")
    assert unpublished.value.code == "not_published"
    with pytest.raises(ConfigurationError, match="НетПоля") as wrong:
        list(base.read_pages(CLIENTS, Query(select=("НетПоля",))))
    assert wrong.value.code == "bad_query"


def test_a_long_address_is_refused_here_and_not_by_the_web_server(base: ODataBase) -> None:
    with pytest.raises(ConfigurationError, match="2000"):
        base.count(CLIENTS, Field("Description").contains("щ" * 400))


def test_a_big_set_is_read_whole_in_order_and_by_conditions(
    base: ODataBase, sandbox: dict[str, Any]
) -> None:
    control(sandbox, "POST", "bulk", invoices=1500, lines=3)
    total = base.count(INVOICES)
    pages = list(base.read_pages(INVOICES, Query(select=("Ref_Key", "Date", "Number", "Товары"))))
    found = [row for page in pages for row in page.rows]
    assert len({row["Ref_Key"] for row in found}) == len(found) == total >= 1500
    assert found == sorted(found, key=lambda row: (row["Date"], row["Number"]))
    assert len(pages) > 1
    lines = Section("Товары").any(Field("Цена") > Decimal("350.49"))
    assert 0 < base.count(INVOICES, lines) <= total


def test_a_session_is_kept_and_given_back(sandbox: dict[str, Any]) -> None:
    control(sandbox, "DELETE", "faults")
    control(sandbox, "POST", "switches", licences=1)
    try:
        for _turn in range(3):
            with ODataBase(settings_of(sandbox, sessions=True), retries=QUICK) as base:
                assert base.count(CLIENTS) == base.count(CLIENTS)
                assert base.probe().sessions is True
    finally:
        control(sandbox, "POST", "switches", licences=None)


def test_a_licence_shortage_is_a_wait_and_not_a_failure(
    base: ODataBase, sandbox: dict[str, Any]
) -> None:
    control(sandbox, "POST", "faults", kind="no_licence")
    with pytest.raises(ProvodkaError) as caught:
        base.count(CLIENTS)
    assert caught.value.code == "no_session"
    assert base.count(CLIENTS) > 0
