"""Versions of the format: their names, their order, and which of them two sides share.

A version is text such as `1.21`; its parts are numbers, so 1.21 comes after 1.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["BASE", "highest_common", "namespace_of", "supported_versions", "version_of"]

BASE = "http://v8.1c.ru/edi/edi_stnd/EnterpriseData"
PACKAGES = {"1.8": "EnterpriseData_1_8_6", "1.21": "EnterpriseData_1_21_1"}
_VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}")


def supported_versions() -> tuple[str, ...]:
    """The versions whose official schemas are here, lowest first.

    Only these are read and written. Between two of them the format changes in place (the
    rate of VAT is a text in 1.8 and an object in 1.21), so a schema of another version
    would refuse what is right or let through what is wrong.
    """
    return tuple(PACKAGES)


def highest_common(ours: Iterable[str], theirs: Iterable[str]) -> str | None:
    """The highest version in both; None if there is none.

    What is not a plain version (`1.0.beta`) is passed over.
    """
    common = {one.strip() for one in ours} & {one.strip() for one in theirs}
    plain = [one for one in common if _VERSION.fullmatch(one)]
    return max(plain, key=_parts, default=None)


def namespace_of(version: str) -> str:
    """The namespace of a body in this version."""
    return f"{BASE}/{version}"


def version_of(namespace: str) -> str | None:
    """The version that a namespace or a header's `Format` names; None if it names none."""
    version = namespace.removeprefix(f"{BASE}/")
    return version if _VERSION.fullmatch(version) else None


def _parts(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
