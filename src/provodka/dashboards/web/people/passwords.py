"""Passwords: hashed with argon2id, compared in the same time for whoever is unknown."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["LONGEST", "SHORTEST", "fits", "hashed", "needs_rehash", "require_good"]

SHORTEST = 10
LONGEST = 256
HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)
"""46 MiB for each password that is being checked (OWASP Password Storage Cheat Sheet, argon2id)."""


def hashed(password: str) -> str:
    """The hash to keep, with its parameters and salt."""
    return HASHER.hash(_normal(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed; takes as long if there is none to compare."""
    try:
        HASHER.verify(kept or _nobodys(), _normal(password)[: LONGEST * 4])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def require_good(password: str, login: str) -> None:
    """Raise `ConfigurationError` for a password that is easily guessed, or too long to check."""
    wrong = ""
    if not SHORTEST <= len(_normal(password)) <= LONGEST:
        wrong = _("пароль короче {least} или длиннее {most} знаков").format(
            least=SHORTEST, most=LONGEST
        )
    elif login.lower() in password.lower():
        wrong = _("в пароле есть имя для входа")
    elif len(set(password)) < 5:
        wrong = _("в пароле меньше пяти разных знаков")
    if wrong:
        raise ConfigurationError(
            _("Пароль"),
            found=wrong,
            expected=_("например, четыре случайных слова"),
            next_step=_("задайте другой"),
            code="weak_password",
        )


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys() -> str:
    return HASHER.hash("nobody has this password")
