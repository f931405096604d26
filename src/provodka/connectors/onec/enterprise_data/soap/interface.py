"""`InterfaceVersion`: which versions of its subsystems' interfaces a base speaks."""

from __future__ import annotations

from typing import Any

from provodka.connectors.onec.enterprise_data.soap.service import Service

__all__ = ["InterfaceVersion"]


class InterfaceVersion(Service):
    """The service `InterfaceVersion` (namespace `http://www.1c.ru/SaaS/1.0/WS`)."""

    name = "InterfaceVersion"

    def get_versions(self, interface_name: str) -> tuple[str, ...]:
        """`GetVersions`: versions of one subsystem (`ОбменДанными`); none if it is unknown.

        Reads; safe to repeat.
        """
        answer = self.call("GetVersions", repeatable=True, InterfaceName=interface_name)
        return tuple(_text(value) for value in _values(answer) if value is not None)


def _values(answer: Any) -> list[Any]:
    listed = answer if isinstance(answer, list) else getattr(answer, "Value", None)
    return list(listed or ())


def _text(value: Any) -> str:
    # Without xsi:type zeep hands over the element itself.
    return str(getattr(value, "text", value) or "").strip()
