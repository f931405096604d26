"""Taking the base's message: every step may be lost, and the message is still whole."""

from __future__ import annotations

import io
import os
from hashlib import sha256
from pathlib import Path

import pytest
from tests.contract.onec.opening import QUICK
from tests.contract.onec.scripted_server import DROP
from tests.contract.onec.soap.conftest import FakeTime, OpenTo
from tests.contract.onec.soap.fake_base import (
    LOSE_ANSWER,
    LOSE_REQUEST,
    FakeBase,
    fault,
    zipped,
)

from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
from provodka.connectors.onec.enterprise_data.soap.errors import BadArchive
from provodka.connectors.onec.enterprise_data.soap.settings import Limits, Waiting
from provodka.foundation.errors import AccessDenied, ConfigurationError, Refused, SystemUnavailable

NOISE = os.urandom(5000).hex().encode()
XML = b'<?xml version="1.0" encoding="UTF-8"?><Message>' + NOISE + b"</Message>"


@pytest.fixture(autouse=True)
def message(fake: FakeBase) -> None:
    fake.message = zipped(("data.xml", XML))


def taken(base: EnterpriseDataBase) -> bytes:
    to = io.BytesIO()
    base.receive(to)
    return to.getvalue()


def test_a_message_arrives_whole_with_its_sizes_and_digest(opened: OpenTo, fake: FakeBase) -> None:
    to = io.BytesIO()
    received = opened(part_kb=1).receive(to)
    assert to.getvalue() == XML
    assert received.parts == fake.asked.count("GetDataPart") == -(-len(fake.message) // 1024)
    assert received.packed_bytes == len(fake.message)
    assert received.xml_bytes == len(XML)
    assert received.digest == sha256(XML).hexdigest()


def test_nothing_is_confirmed_before_the_caller_says_so(opened: OpenTo, fake: FakeBase) -> None:
    base = opened()
    received = base.receive(io.BytesIO())
    assert "ConfirmGettingFile" not in fake.asked
    base.confirm(received)
    assert fake.files == {}
    base.confirm(received)


def test_a_job_is_asked_after_less_and_less_often(
    opened: OpenTo, fake: FakeBase, time: FakeTime
) -> None:
    fake.polls = 6
    taken(opened(waiting=Waiting(first=1, growth=2, longest=10, deadline=100)))
    assert time.slept == [1, 2, 4, 8, 10, 10, 10]


def test_a_job_past_the_deadline_is_left_for_the_next_attempt(
    opened: OpenTo, fake: FakeBase, time: FakeTime, tmp_path: Path
) -> None:
    fake.polls = 5
    hasty = Waiting(first=1, growth=1, longest=1, deadline=3)
    base = opened(waiting=hasty, spool=tmp_path)
    with pytest.raises(SystemUnavailable) as caught:
        taken(base)
    assert caught.value.code == "export_too_long"
    assert time.now == 103
    assert taken(base) == XML
    assert fake.asked.count("PrepareDataForGetting") == 1


@pytest.mark.parametrize("trouble", [LOSE_REQUEST, LOSE_ANSWER])
@pytest.mark.parametrize(
    "step", ["PrepareDataForGetting", "PrepareDataActionResult", "GetDataPart"]
)
def test_a_loss_at_any_step_is_made_good(
    opened: OpenTo, fake: FakeBase, step: str, trouble: str
) -> None:
    fake.troubles[step].append(trouble)
    assert taken(opened(part_kb=1)) == XML


@pytest.mark.parametrize("trouble", [LOSE_REQUEST, LOSE_ANSWER])
def test_a_lost_confirmation_is_repeated(opened: OpenTo, fake: FakeBase, trouble: str) -> None:
    base = opened()
    received = base.receive(io.BytesIO())
    fake.troubles["ConfirmGettingFile"].append(trouble)
    base.confirm(received)
    assert fake.files == {}
    assert fake.asked.count("ConfirmGettingFile") == 2


def test_a_file_that_the_base_told_once_and_whose_answer_was_lost_is_made_again(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.troubles["PrepareDataActionResult"].append(LOSE_ANSWER)
    assert taken(opened()) == XML
    assert fake.asked.count("PrepareDataForGetting") == 2


def test_a_base_that_always_loses_its_files_is_given_up(opened: OpenTo, fake: FakeBase) -> None:
    fake.troubles["PrepareDataActionResult"] += [LOSE_ANSWER, ""] * 5
    with pytest.raises(SystemUnavailable) as caught:
        taken(opened())
    assert caught.value.code == "message_lost"
    assert "файл уже был назван" in str(caught.value)
    assert fake.asked.count("PrepareDataForGetting") == 3


def test_a_start_that_is_lost_twice_changes_nothing_and_may_be_tried_later(
    opened: OpenTo, fake: FakeBase, time: FakeTime
) -> None:
    fake.troubles["PrepareDataForGetting"] += [LOSE_ANSWER, LOSE_ANSWER]
    with pytest.raises(SystemUnavailable) as caught:
        taken(opened())
    assert caught.value.code == "export_unknown"
    assert time.slept == [1.0]


@pytest.mark.parametrize("stop_at", [0, 1, 4])
def test_parts_fetched_before_a_crash_are_not_fetched_again(
    opened: OpenTo, fake: FakeBase, tmp_path: Path, stop_at: int
) -> None:
    fake.troubles["GetDataPart"] += ["" for _part in range(stop_at)] + [DROP] * QUICK.attempts
    with pytest.raises(SystemUnavailable):
        taken(opened(part_kb=1, spool=tmp_path))
    before = fake.asked.count("GetDataPart")
    assert taken(opened(part_kb=7, spool=tmp_path)) == XML
    parts = -(-len(fake.message) // 1024)
    assert fake.asked.count("GetDataPart") - before == parts - stop_at
    assert fake.asked.count("PrepareDataForGetting") == 1


def test_a_message_is_given_again_until_it_is_confirmed(
    opened: OpenTo, fake: FakeBase, tmp_path: Path
) -> None:
    first = opened(spool=tmp_path).receive(io.BytesIO())
    base = opened(spool=tmp_path)
    second = base.receive(io.BytesIO())
    assert second == first
    assert fake.asked.count("PrepareDataForGetting") == 1
    base.confirm(second)
    assert list(tmp_path.iterdir()) == []
    fake.message = zipped(("data.xml", b"<Next/>"))
    assert taken(base) == b"<Next/>"


def test_a_job_that_the_base_forgot_meanwhile_is_started_anew(
    opened: OpenTo, fake: FakeBase, tmp_path: Path
) -> None:
    fake.troubles["PrepareDataActionResult"] += [DROP] * QUICK.attempts
    with pytest.raises(SystemUnavailable):
        taken(opened(spool=tmp_path))
    fake.jobs.clear()
    assert taken(opened(spool=tmp_path)) == XML


def test_a_file_that_the_base_deleted_meanwhile_is_made_anew(
    opened: OpenTo, fake: FakeBase, tmp_path: Path
) -> None:
    fake.troubles["GetDataPart"] += ["", *[DROP] * QUICK.attempts]
    with pytest.raises(SystemUnavailable):
        taken(opened(part_kb=1, spool=tmp_path))
    fake.files.pop("file-0")
    fake.jobs["old"] = ""
    assert taken(opened(part_kb=1, spool=tmp_path)) == XML


def test_a_spool_of_another_node_is_not_mistaken_for_ours(
    opened: OpenTo, fake: FakeBase, tmp_path: Path
) -> None:
    opened(spool=tmp_path).receive(io.BytesIO())
    fake.message = zipped(("data.xml", b"<Other/>"))
    assert taken(opened(spool=tmp_path, peer_code="ДРУГОЙ")) == b"<Other/>"


def test_a_canceled_export_is_not_started_again_behind_the_administrators_back(
    opened: OpenTo, fake: FakeBase
) -> None:
    fake.forgets_jobs = True
    with pytest.raises(SystemUnavailable) as caught:
        taken(opened())
    assert caught.value.code == "export_canceled"
    assert fake.asked.count("PrepareDataForGetting") == 1


def test_a_refusal_to_export_is_told_in_the_bases_words(opened: OpenTo, fake: FakeBase) -> None:
    fake.troubles["PrepareDataForGetting"].append(fault("Не задан склад по умолчанию"))
    with pytest.raises(Refused, match="Не задан склад по умолчанию"):
        taken(opened())
    fake.troubles["PrepareDataForGetting"].append(fault("Нарушение прав доступа!"))
    with pytest.raises(AccessDenied, match="Нарушение прав доступа!"):
        taken(opened())


def test_without_a_node_there_is_nothing_to_receive(opened: OpenTo) -> None:
    with pytest.raises(ConfigurationError, match="код узла"):
        taken(opened(peer_code=""))


@pytest.mark.parametrize("count", [0, -1, 100_000, 300])
def test_a_count_of_parts_that_cannot_be_is_refused(
    opened: OpenTo, fake: FakeBase, count: int
) -> None:
    fake.part_count = count
    with pytest.raises(BadArchive) as caught:
        taken(opened(limits=Limits(packed=200 * 1024 * 1024)))
    assert caught.value.code == "part_count"
    assert "GetDataPart" not in fake.asked


def test_fewer_parts_than_there_are_give_a_truncated_archive(
    opened: OpenTo, fake: FakeBase, tmp_path: Path
) -> None:
    fake.part_count = 2
    base = opened(part_kb=1, spool=tmp_path)
    with pytest.raises(BadArchive) as caught:
        taken(base)
    assert caught.value.code == "zip_truncated"
    fake.part_count = None
    assert taken(base) == XML


def test_more_parts_than_there_are_end_in_a_named_error(opened: OpenTo, fake: FakeBase) -> None:
    fake.part_count = 50
    with pytest.raises(SystemUnavailable) as caught:
        taken(opened(part_kb=1))
    assert caught.value.code == "message_lost"
    assert "Часть файла с указанным номером не найдена" in str(caught.value)


def test_a_part_larger_than_was_asked_for_is_refused(
    opened: OpenTo, fake: FakeBase, tmp_path: Path
) -> None:
    fake.padding = b"x"
    with pytest.raises(BadArchive) as caught:
        taken(opened(part_kb=1, spool=tmp_path))
    assert caught.value.code == "part_too_large"
    assert list(tmp_path.iterdir()) == []
