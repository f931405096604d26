"""One web service of a base, called through zeep by our own description of it."""

from __future__ import annotations

import logging
from functools import cache
from importlib.resources import files
from typing import Any

from provodka.connectors.onec.enterprise_data.soap.channel import Channel, OneCall
from provodka.connectors.onec.enterprise_data.soap.fields import Fields
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.foundation.i18n import _

__all__ = ["Service"]


class Service:
    """Calls the operations of one service; what comes back has passed its description.

    `name` is the service's name and its address under the base: `ws/<name>.1cws`. `heavy` are
    the operations that keep to the guest's share of the base's time.
    """

    name = ""
    heavy: frozenset[str] = frozenset()

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._path = f"ws/{self.name}.1cws"

    def call(self, operation: str, *, repeatable: bool, **arguments: Any) -> Fields:
        """Call an operation and return the fields of its answer.

        A `repeatable` one is sent again after a failure; another one whose
        answer is lost or senseless raises `UnknownOutcome`.
        """
        import zeep

        call = self.told(operation, writing=not repeatable)
        transport = OneCall(self._channel, call, heavy=operation in self.heavy)
        document = _document(self.name)
        make: Any = zeep.Client
        client = make(document, transport=transport, settings=document.settings)
        (binding,) = document.bindings
        proxy = client.create_service(binding, self._path)
        try:
            return Fields.of_answer(proxy[operation](**arguments), call)
        except Exception as trouble:
            if not transport.answered:
                raise
            # What zeep says quotes the answer, and so must not be chained.
            found = _("ответ не такой, как описан ({kind})").format(kind=type(trouble).__name__)
            raise unreadable(call, found) from None

    def told(self, operation: str, *, writing: bool = False) -> Call:
        """The call as errors name it."""
        return Call(f"{self._channel.where(self._path)} {operation}", writing=writing)


@cache
def _document(name: str) -> Any:
    """The service's description, read once a process from the package."""
    from zeep.settings import Settings
    from zeep.wsdl import Document

    _quiet()
    read: Any = Document
    settings = Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)
    with files(__package__).joinpath("wsdl", f"{name}.wsdl").open("rb") as description:
        return read(description, None, settings=settings)


def _quiet() -> None:
    """Silence zeep: its lines hold whole messages, and values that do not parse."""
    logger = logging.getLogger("zeep")
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
