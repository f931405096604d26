"""What is written is read back as it was, and any other reader of the schema agrees."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.contract.onec.enterprise_data_format.ed_xsd import objects_of, xsd
from tests.property.onec.enterprise_data_format.ed_objects import LETTERS, MOMENTS, outgoing

from provodka.connectors.onec.enterprise_data.message import (
    AvailableObject,
    Confirmation,
    Deletion,
    Extension,
    Found,
    Header,
    deletion,
    namespace_of,
    read_message,
    supported_versions,
    write_message,
)

SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LINE = st.text(LETTERS, max_size=10)
MIDNIGHT = datetime.fromisoformat("2026-11-22T00:00:00")
NUMBER = st.none() | st.integers(0, 10**15)


def plain_header(version: str) -> Header:
    return Header(format=namespace_of(version), created=MIDNIGHT, versions=("1.8",))


def written(header: Header, objects: list[Any]) -> bytes:
    target = io.BytesIO()
    assert write_message(target, header, objects) == len(objects)
    return target.getvalue()


@pytest.mark.parametrize("version", supported_versions())
def test_objects_are_read_back_as_they_were_written(version: str) -> None:
    @SLOW
    @given(st.lists(outgoing(version), max_size=2))
    def holds(objects: list[tuple[str, dict[str, Any]]]) -> None:
        message = written(plain_header(version), objects)
        _header, found = read_message(io.BytesIO(message))
        assert list(found) == [Found(kind, value) for kind, value in objects]

    holds()


@pytest.mark.parametrize("version", supported_versions())
def test_written_objects_satisfy_the_schema_as_libxml2_understands_it(version: str) -> None:
    @SLOW
    @given(outgoing(version))
    def holds(one: tuple[str, dict[str, Any]]) -> None:
        (element,) = objects_of(written(plain_header(version), [one]))
        xsd(version).assertValid(element)

    holds()


@given(
    st.builds(
        Header,
        format=st.just(namespace_of("1.21")),
        created=MOMENTS,
        versions=st.lists(st.sampled_from(["1.8", "1.17", "1.21"]), min_size=1, max_size=4).map(
            tuple
        ),
        confirmation=st.none()
        | st.builds(
            Confirmation,
            sender=LINE,
            recipient=st.none() | LINE,
            exchange_plan=st.none() | LINE,
            message_no=NUMBER,
            received_no=NUMBER,
        ),
        new_from=st.none() | LINE,
        objects=st.none() | st.lists(st.builds(AvailableObject, LINE, LINE, LINE)).map(tuple),
        prefix=st.none() | LINE,
        extensions=st.lists(st.builds(Extension, LINE, LINE), max_size=2).map(tuple),
    )
)
def test_a_header_is_read_back_as_it_was_written(header: Header) -> None:
    found, objects = read_message(io.BytesIO(written(header, [])))
    assert found == header
    assert list(objects) == []


@given(
    st.sampled_from(["Документ.ЗаказКлиента", "Справочник.Контрагенты", "Справочник.Договоры"]),
    st.uuids().map(str),
    st.sampled_from(supported_versions()),
)
def test_a_deletion_is_read_back_as_it_was_written(kind: str, key: str, version: str) -> None:
    message = written(plain_header(version), [deletion(kind, key, version)])
    _header, found = read_message(io.BytesIO(message))
    assert list(found) == [Deletion(kind, key)]
