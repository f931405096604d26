"""What is shown of people to those who may not see it whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provodka.dashboards.web.people.masking import (
    masked_email,
    masked_name,
    masked_phone,
    masked_text,
    sees_names,
    sees_personal,
)
from provodka.dashboards.web.people.roles import Role
from provodka.dashboards.web.people.visitor import Visitor
from provodka.foundation.identifiers import uuid7


def visitor(*roles: Role) -> Visitor:
    """Somebody with these roles."""
    return Visitor(uuid7(), "Кто-то", frozenset(roles), None, frozenset(), uuid7(), "x")


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (masked_phone, "+79161234567", "•••67"),
        (masked_phone, "112", "•••"),
        (masked_phone, "", ""),
        (masked_phone, None, ""),
        (masked_email, "ivan@example.ru", "i•••@•••.ru"),
        (masked_email, "not an address", "•••"),
        (masked_email, None, ""),
        (masked_name, "Ёлкина Мария  Петровна", "Ё. М. П."),
        (masked_name, "…", "•••"),
        (masked_name, "", ""),
        (masked_text, "звоните +7 (916) 123-45-67 или a@b.ru", "звоните •••67 или a•••@•••.ru"),
        (masked_text, "СЧ00-000001 на 12 500,00", "СЧ00-000001 на 12 500,00"),
        (masked_text, None, ""),
    ],
)
def test_enough_is_left_to_tell_one_from_another(
    mask: Callable[[str | None], str], text: str | None, shown: str
) -> None:
    assert mask(text) == shown


@pytest.mark.parametrize(
    ("role", "personal", "names"),
    [
        (Role.ENGINEER, False, False),
        (Role.ANALYST, False, False),
        (Role.ACCOUNTANT, False, True),
        (Role.HEAD, True, True),
        (Role.DISPATCHER, True, True),
        (Role.COURIER, True, True),
    ],
)
def test_who_works_with_people_sees_them_whole(role: Role, personal: bool, names: bool) -> None:
    assert (sees_personal(visitor(role)), sees_names(visitor(role))) == (personal, names)


def test_a_second_role_adds_what_it_may_see() -> None:
    assert sees_personal(visitor(Role.ENGINEER, Role.HEAD))
    assert not sees_personal(visitor())
