"""What people are told when the store is in trouble."""

from __future__ import annotations

import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from provodka.connectors.crm_store.troubles import store_trouble

TROUBLES: dict[str, tuple[type[DBAPIError], Exception, str, str]] = {
    "full": (OperationalError, errors.DiskFull("could not extend file: no"), "нет места", "место"),
    "limited": (
        InternalError, errors.InternalError_("could not extend: File too large"),
        "нет места", "освободите место",
    ),
    "read only": (
        InternalError, errors.ReadOnlySqlTransaction("cannot execute INSERT"),
        "только чтение", "резервный",
    ),
    "busy": (OperationalError, errors.TooManyConnections("sorry"), "соединений", "max_connections"),
    "stopping": (
        OperationalError, errors.AdminShutdown("terminating connection"),
        "остановлен или перезапускается", "PROVODKA_DATABASE_URL",
    ),
    "gone": (
        OperationalError, errors.OperationalError("connection refused\nmore"),
        "прервала соединение: connection refused", "provodka init",
    ),
}  # fmt: skip


@pytest.mark.requirement("R114")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_trouble_of_the_store_is_named_with_the_next_step(trouble: str) -> None:
    kind, original, found, step = TROUBLES[trouble]
    error = store_trouble(kind("INSERT", {}, original))
    assert error is not None
    assert found in error.found
    assert step in error.next_step
    assert "\n" not in error.found


def test_a_trouble_in_the_middle_of_copy_is_named_too() -> None:
    error = store_trouble(errors.DiskFull("could not extend file: No space left on device"))
    assert error is not None
    assert "нет места" in error.found


def test_what_is_no_trouble_of_the_store_is_left_to_others() -> None:
    assert store_trouble(ValueError("no")) is None
    assert store_trouble(InternalError("INSERT", {}, errors.InternalError_("our mistake"))) is None
