"""What people are to the hub; a person may have several roles."""

from __future__ import annotations

from enum import StrEnum

from provodka.foundation.i18n import _, marked

__all__ = ["ROLE_WORDS", "Role", "role_word"]


class Role(StrEnum):
    """A role; pages name those that may open them."""

    ENGINEER = "engineer"
    ACCOUNTANT = "accountant"
    ANALYST = "analyst"
    HEAD = "head"
    DISPATCHER = "dispatcher"
    COURIER = "courier"


ROLE_WORDS = {
    Role.ENGINEER: marked("инженер"),
    Role.ACCOUNTANT: marked("бухгалтер"),
    Role.ANALYST: marked("аналитик"),
    Role.HEAD: marked("руководитель"),
    Role.DISPATCHER: marked("диспетчер"),
    Role.COURIER: marked("экспедитор"),
}


def role_word(role: Role) -> str:
    """The role in the user's language."""
    return _(ROLE_WORDS[role])
