"""`InterfaceVersion`: which versions of its subsystems' interfaces a base speaks."""

from __future__ import annotations

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
        return answer.listed("return")
