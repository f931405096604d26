"""Where the talk with a base stands: numbers, the version agreed on, what we have acknowledged."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from provodka.connectors.crm_store import cursors
from provodka.connectors.onec.enterprise_data.message import Header, highest_common
from provodka.connectors.onec.enterprise_data.message import supported_versions as supported
from provodka.connectors.onec.enterprise_data.soap.numbering import Incoming, Numbers
from provodka.flows.onec.queueing import SYSTEM
from provodka.foundation.errors import Misunderstood
from provodka.foundation.i18n import _

__all__ = ["LOCK", "STREAM", "Place", "common_version", "incoming", "keep", "read_place", "told"]

STREAM = f"exchange:{SYSTEM}"
LOCK = STREAM
DEAF_AFTER = 2


@dataclass(frozen=True, slots=True)
class Place:
    """What is kept between runs.

    `base_code` is the base's own node, known once it has written to us. `version` is the highest
    that both speak, `asked` the one that the base has been told of. `acknowledged` is the last of
    its numbers that a message of ours has confirmed. `unheard` counts its messages that came
    after one of ours was read and did not say so.
    """

    numbers: Numbers = field(default_factory=Numbers)
    base_code: str = ""
    version: str = ""
    asked: str = ""
    acknowledged: int = 0
    unheard: int = 0

    @property
    def met(self) -> bool:
        """Whether the base has ever written: before that nobody knows how to address it."""
        return bool(self.base_code)

    @property
    def deaf(self) -> bool:
        """Whether the base reads our messages and does not keep their numbers."""
        return self.unheard >= DEAF_AFTER


def read_place(connection: Connection) -> Place:
    """The stored place; a fresh one before the first message."""
    stored = cursors.read(connection, STREAM)
    if not stored:
        return Place()
    return Place(**{**stored, "numbers": Numbers(**stored["numbers"])})


def keep(connection: Connection, place: Place) -> None:
    """Store the place in the current transaction."""
    cursors.move(connection, STREAM, asdict(place))


def incoming(header: Header, digest: str) -> Incoming:
    """The numbers in a header; one that has none is `Misunderstood`."""
    said = header.confirmation
    if said is None or said.message_no is None:
        raise Misunderstood(
            _("Сообщение EnterpriseData"),
            found=_("в заголовке нет номера"),
            expected=_("msg:Confirmation с номером сообщения"),
            next_step=_("проверьте, что узел плана обмена настроен на обмен через сервис"),
            code="no_number",
        )
    return Incoming(said.message_no, said.received_no or 0, digest)


def common_version(header: Header) -> str:
    """The highest version that both speak. Raises `Misunderstood` where there is none.

    The version that a message is in is one that its base speaks, whatever else it says.
    """
    spoken = dict.fromkeys((*header.versions, *([header.version] if header.version else [])))
    common = highest_common(supported(), spoken)
    if common is not None:
        return common
    raise Misunderstood(
        _("Обмен EnterpriseData"),
        found=_("общей версии формата нет: база знает {theirs}").format(theirs=", ".join(spoken)),
        expected=_("одна из версий, которые знает хаб: {ours}").format(ours=", ".join(supported())),
        next_step=_(
            "включите в настройках этой синхронизации в 1С версию {newest} (ее добавляет "
            "обновление конфигурации) или, если это нельзя, обменивайтесь через OData: "
            "onec.protocol: odata"
        ).format(newest=supported()[-1]),
        code="no_common_version",
    )


def told(position: dict[str, Any] | None) -> str:
    """What a stored place tells a person; maybe nothing."""
    if not position:
        return ""
    numbers = position["numbers"]
    said = _("обмен EnterpriseData {version}: принято № {received}, отправлено № {sent}").format(
        version=position["version"] or "?", received=numbers["received"], sent=numbers["sent"]
    )
    if position["unheard"] >= DEAF_AFTER:
        said += _("; база читает сообщения, но не запоминает их номера")
    return said
