"""Handing over our message: whatever is lost, the base reads it once or is asked about it."""

from __future__ import annotations

import io
import os
import zipfile

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import DROP
from tests.contract.onec.soap.conftest import FakeTime, OpenTo
from tests.contract.onec.soap.fake_base import (
    LOSE_ANSWER,
    LOSE_REQUEST,
    SCHEMA,
    FakeBase,
    error_message,
    fault,
    reply,
    returned,
)

from provodka.connectors.onec.enterprise_data.soap.errors import BadArchive, ImportUnseen
from provodka.connectors.onec.enterprise_data.soap.settings import Limits, Waiting
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    Refused,
    SystemUnavailable,
)

XML = b"<Message>" + os.urandom(3000).hex().encode() + b"</Message>"
SERVICES = pytest.mark.parametrize("peer", ["CRM", ""], ids=["by plan", "past any plan"])


def unzipped(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@SERVICES
def test_a_message_arrives_as_an_archive_of_one_file(
    opened: OpenTo, fake: FakeBase, peer: str
) -> None:
    sent = opened(part_kb=1, peer_code=peer).send(io.BytesIO(XML))
    (packed,) = fake.imported
    assert unzipped(packed) == {"data.xml": XML}
    assert sent.packed_bytes == len(packed)
    assert sent.parts == fake.asked.count("PutFilePart") == -(-len(packed) // 1024)


def test_two_messages_never_share_a_file(opened: OpenTo, fake: FakeBase) -> None:
    base = opened()
    first, second = base.send(io.BytesIO(XML)), base.send(io.BytesIO(XML))
    assert first.file_id != second.file_id


def test_an_import_is_waited_for(opened: OpenTo, fake: FakeBase, time: FakeTime) -> None:
    fake.polls = 2
    opened(waiting=Waiting(first=1, growth=2, longest=60, deadline=100)).send(io.BytesIO(XML))
    assert time.slept == [1, 2, 4]


@SERVICES
@pytest.mark.parametrize(
    ("step", "trouble"),
    [
        ("PutFilePart", LOSE_REQUEST),
        ("PutFilePart", LOSE_ANSWER),
        ("PutData", LOSE_REQUEST),
        ("PutDataActionResult", LOSE_REQUEST),
        ("PutDataActionResult", LOSE_ANSWER),
    ],
)
def test_a_loss_is_made_good_and_the_message_is_read_once(
    opened: OpenTo, fake: FakeBase, step: str, trouble: str, peer: str
) -> None:
    fake.troubles[step].append(trouble)
    opened(part_kb=1, peer_code=peer).send(io.BytesIO(XML))
    assert [unzipped(packed) for packed in fake.imported] == [{"data.xml": XML}]


@SERVICES
def test_a_start_whose_answer_is_lost_is_not_made_twice(
    opened: OpenTo, fake: FakeBase, peer: str
) -> None:
    fake.troubles["PutData"].append(LOSE_ANSWER)
    with pytest.raises(ImportUnseen) as caught:
        opened(peer_code=peer).send(io.BytesIO(XML))
    assert (caught.value.code, caught.value.operation_id) == ("import_unknown", "")
    assert len(fake.imported) == 1
    assert fake.asked.count("PutData") == 2


def test_a_start_lost_twice_is_an_unknown_outcome(opened: OpenTo, fake: FakeBase) -> None:
    fake.troubles["PutData"] += [LOSE_REQUEST, LOSE_REQUEST]
    with pytest.raises(ImportUnseen):
        opened().send(io.BytesIO(XML))
    assert fake.imported == []


def test_a_refusal_to_start_carries_the_bases_words(opened: OpenTo, fake: FakeBase) -> None:
    fake.troubles["PutData"].append(fault("Файл архива не содержит данных."))
    with pytest.raises(Refused, match="Файл архива не содержит данных"):
        opened().send(io.BytesIO(XML))
    said = error_message("Недостаточно прав для синхронизации данных.")
    unnamed = f'<m:OperationID {SCHEMA} xsi:nil="true"/>'
    fake.troubles["PutData"].append(reply("PutData", returned(""), unnamed, said))
    with pytest.raises(AccessDenied, match="Недостаточно прав"):
        opened().send(io.BytesIO(XML))


def test_a_part_that_the_base_refuses_stops_the_message(opened: OpenTo, fake: FakeBase) -> None:
    said = error_message("Не указан идентификатор загружаемого файла.")
    fake.troubles["PutFilePart"].append(reply("PutFilePart", returned(""), said))
    with pytest.raises(Refused, match="Не указан идентификатор"):
        opened().send(io.BytesIO(XML))
    assert "PutData" not in fake.asked


def test_a_failed_import_carries_the_bases_words(opened: OpenTo, fake: FakeBase) -> None:
    fake.import_error = "{ОбщийМодуль.Обмен(12)}: Не заполнена организация"
    with pytest.raises(Refused, match="Не заполнена организация") as caught:
        opened().send(io.BytesIO(XML))
    assert caught.value.code == "import_failed"


def test_an_import_refused_by_a_lock_may_be_tried_later(opened: OpenTo, fake: FakeBase) -> None:
    fake.import_error = "Ошибка блокировки объекта. Объект уже заблокирован"
    with pytest.raises(SystemUnavailable) as caught:
        opened().send(io.BytesIO(XML))
    assert caught.value.code == "base_busy"


def test_an_import_that_the_base_forgot_is_an_unknown_outcome(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.forgets_jobs = True
    with pytest.raises(ImportUnseen) as caught:
        opened().send(io.BytesIO(XML))
    assert caught.value.code == "import_canceled"


def test_an_import_past_the_deadline_can_be_asked_after_later(
    opened: OpenTo, fake: FakeBase, time: FakeTime
) -> None:
    fake.polls = 5
    base = opened(waiting=Waiting(first=1, growth=1, longest=1, deadline=3))
    with pytest.raises(ImportUnseen) as caught:
        base.send(io.BytesIO(XML))
    assert caught.value.code == "still_importing"
    assert time.now == 103
    base.outcome(caught.value.operation_id)
    assert fake.asked.count("PutData") == 1


def test_a_base_that_goes_away_while_it_reads_is_an_unknown_outcome(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.troubles["PutDataActionResult"] += [DROP] * QUICK.attempts
    base = opened()
    with pytest.raises(ImportUnseen) as caught:
        base.send(io.BytesIO(XML))
    base.outcome(caught.value.operation_id)


def test_a_base_that_is_down_before_anything_is_handed_over_has_changed_nothing(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.troubles["PutFilePart"] += [DROP] * QUICK.attempts
    with pytest.raises(SystemUnavailable):
        opened().send(io.BytesIO(XML))
    assert fake.imported == []


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(xml=1000), "message_too_large"), (Limits(packed=1000), "packed_too_large")],
)
def test_a_message_past_the_limits_is_not_sent(
    opened: OpenTo, fake: FakeBase, limits: Limits, code: str
) -> None:
    with pytest.raises(BadArchive) as caught:
        opened(limits=limits).send(io.BytesIO(XML))
    assert caught.value.code == code
    assert fake.asked == []


@SERVICES
def test_a_connection_that_works_is_tested_silently(
    opened: OpenTo, fake: FakeBase, peer: str
) -> None:
    opened(peer_code=peer).test_connection()
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("text", "error", "code"),
    [
        ("Заданный узел плана обмена не найден.", ConfigurationError, "no_exchange_node"),
        ("Недостаточно прав для синхронизации данных.", AccessDenied, "no_rights"),
        (
            "Информационная база находится в состоянии обновления.",
            SystemUnavailable,
            "base_busy",
        ),
        (
            "Синхронизация данных временно недоступна в связи с обновлением приложения.",
            SystemUnavailable,
            "base_busy",
        ),
        ("Что-то ещё", Refused, "base_refused"),
        ("", Refused, "base_refused"),
    ],
)
def test_what_stands_in_the_way_of_the_exchange_is_told_by_its_kind(
    opened: OpenTo, fake: FakeBase, text: str, error: type[Exception], code: str
) -> None:
    fake.troubles["TestConnection"].append(
        reply("TestConnection", returned("false", "boolean"), error_message(text))
    )
    with pytest.raises(error) as caught:
        opened().test_connection()
    assert getattr(caught.value, "code", "") == code
    assert text in str(caught.value)
