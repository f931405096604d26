"""The way to one base's web services: our HTTP, and what zeep takes for its transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from provodka.connectors.http import BasicAuth, HttpAnswer, HttpClient, Retries
from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings
from provodka.connectors.onec.enterprise_data.soap.wire import checked
from provodka.connectors.onec.odata.errors import Call
from provodka.foundation.i18n import _

__all__ = ["Channel", "OneCall"]


class Channel:
    """Sends envelopes with the timeouts, retries, limits and trust that OData has; thread-safe.

    All that is asked counts towards the guest's share of the base's time, and only the fetching
    of parts (`heavy`) rests for it; `doorway` is shared with OData on the same base.

    No 1C session is kept: the services' definitions forbid it (`ReuseSessions`
    is `DontUse`).
    """

    def __init__(
        self,
        settings: SoapSettings,
        retries: Retries | None = None,
        doorway: Doorway | None = None,
    ) -> None:
        base = settings.base
        self._doorway = doorway or Doorway(base)
        self._timeout = base.timeout
        self._root = settings.root_url()
        self._http = HttpClient(
            self._root,
            auth=BasicAuth(base.login, base.password),
            timeout=base.timeout,
            max_connections=base.max_connections,
            max_body=base.max_answer_bytes,
            retries=retries,
            ca_file=base.ca_file,
            turns=self._doorway.turns,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def where(self, path: str) -> str:
        """The place that errors name."""
        return _("1С {address}").format(address=f"{self._root}/{path}")

    def post(
        self,
        path: str,
        envelope: bytes,
        headers: Mapping[str, str],
        call: Call,
        *,
        heavy: bool = False,
    ) -> HttpAnswer:
        """Send, and return an answer that is a sound envelope without a fault.

        What is not `call.writing` is sent again after a failure; what is `heavy` waits for its
        share of the base's time and for a licence.
        """
        pacer = self._doorway.pacer

        def understood(answer: HttpAnswer) -> HttpAnswer:
            pacer.answered(call.where, answer)
            return checked(answer, call)

        def ask() -> HttpAnswer:
            return self._http.exchange(
                "POST",
                path,
                content=envelope,
                headers=headers,
                idempotent=not call.writing,
                read=understood,
                timeout=pacer.timeout(self._timeout),
            )

        return pacer.with_patience(ask) if heavy else ask()


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer in the words that zeep asks with."""

    content: bytes
    status_code: int = 200
    encoding: str = "utf-8"

    @property
    def headers(self) -> dict[str, str]:
        """Always plain XML: attachments are not read."""
        return {"Content-Type": "text/xml; charset=utf-8"}


class OneCall:
    """zeep's transport for one call: passes the envelope to the channel, loads nothing.

    `answered` tells whether an answer came, so that what zeep raises
    afterwards is about the answer.
    """

    def __init__(self, channel: Channel, call: Call, *, heavy: bool = False) -> None:
        self._channel = channel
        self._call = call
        self._heavy = heavy
        self.answered = False

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> _Answer:
        """Send the envelope to the path under the base's address."""
        message: bytes = etree.tostring(envelope, encoding="utf-8", xml_declaration=True)
        answer = self._channel.post(address, message, headers, self._call, heavy=self._heavy)
        self.answered = True
        return _Answer(answer.body)
