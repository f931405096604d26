"""Versions: compared as numbers, negotiated as sets."""

from __future__ import annotations

import pytest

from provodka.connectors.onec.enterprise_data.message import (
    highest_common,
    namespace_of,
    supported_versions,
)
from provodka.connectors.onec.enterprise_data.versions import version_of

EVERY = [f"1.{minor}" for minor in range(2, 22)]


def test_the_highest_common_version_is_found_by_number_not_by_letters() -> None:
    assert highest_common(["1.8", "1.21", "1.9"], EVERY) == "1.21"
    assert highest_common(["1.8", "1.9"], EVERY) == "1.9"
    assert highest_common(["1.2", "1.10"], ["1.2", "1.10"]) == "1.10"


def test_ours_with_every_published_version_is_our_highest() -> None:
    assert highest_common(supported_versions(), EVERY) == "1.21"


def test_a_base_that_stopped_at_an_older_version_is_spoken_to_in_it() -> None:
    assert highest_common(supported_versions(), ["1.2", "1.6", "1.8", "1.10"]) == "1.8"


def test_sides_without_a_version_in_common_have_none() -> None:
    assert highest_common(supported_versions(), ["1.2", "1.6"]) is None
    assert highest_common(supported_versions(), []) is None


def test_what_is_no_plain_version_is_passed_over() -> None:
    assert highest_common(["1.0.beta", "1.8"], ["1.0.beta", "1.8"]) == "1.8"
    assert highest_common(["1.0.beta"], ["1.0.beta"]) is None


def test_spaces_around_a_version_do_not_count() -> None:
    assert highest_common(["1.21"], [" 1.21\n"]) == "1.21"


def test_only_versions_with_an_official_schema_are_supported() -> None:
    assert supported_versions() == ("1.8", "1.21")


@pytest.mark.parametrize("version", ["1.8", "1.21", "1.2"])
def test_a_namespace_names_its_version_and_back(version: str) -> None:
    assert version_of(namespace_of(version)) == version


@pytest.mark.parametrize(
    "other",
    [
        "http://v8.1c.ru/edi/edi_stnd/EnterpriseData",
        "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/",
        "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.x",
        "http://v8.1c.ru/edi/edi_stnd/EnterpriseData/1.8/ext",
        "http://example.org/1.8",
        "1.8a",
        "",
    ],
)
def test_another_namespace_names_no_version(other: str) -> None:
    assert version_of(other) is None
