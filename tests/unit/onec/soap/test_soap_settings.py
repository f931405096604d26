"""What the settings of the SOAP side promise and refuse."""

from __future__ import annotations

import pytest

from provodka.connectors.onec.enterprise_data.soap.patience import Patience
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings, Waiting
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.foundation.errors import ConfigurationError

BASE = OneCSettings("https://host/base/odata/standard.odata/", "Обмен", "тайна")


def test_the_services_are_under_the_bases_own_address() -> None:
    assert SoapSettings(BASE).root_url() == "https://host/base"
    assert SoapSettings(OneCSettings("https://host/b/", "я", "т")).root_url() == "https://host/b"


@pytest.mark.parametrize("part_kb", [0, -1, 7001])
def test_a_part_that_cannot_travel_is_refused(part_kb: int) -> None:
    with pytest.raises(ConfigurationError, match="7000"):
        SoapSettings(BASE, part_kb=part_kb)


def test_a_password_is_not_in_a_representation() -> None:
    assert "тайна" not in repr(SoapSettings(BASE))


def test_waiting_never_passes_the_deadline_however_long_the_last_wait() -> None:
    now = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    patience = Patience(Waiting(first=4, growth=3, longest=60, deadline=20), lambda: now[0], sleep)
    assert len(list(patience.turns())) == 3
    assert slept == [4, 12, 4]
