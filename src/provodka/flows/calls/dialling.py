"""The courier of calls: placed through the PBX's manager interface now or never, never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.telephony.live.session import connected
from provodka.connectors.telephony.numbers import dialable
from provodka.connectors.telephony.options import Ami, PbxOptions
from provodka.flows.calls.ami import ami_settings
from provodka.flows.calls.asking import TARGET
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.hub import Hub
from provodka.foundation.errors import DocumentError, Refused
from provodka.foundation.i18n import _

__all__ = ["TOO_LATE", "DialCourier", "dial_couriers"]

TOO_LATE = timedelta(minutes=2)
"""A call that was asked for longer ago is not what anybody wants any more."""
RING_MILLISECONDS = "30000"
HEARD_OF = text("""
    SELECT EXISTS (SELECT FROM hub.live_call WHERE source = :source AND call_key = :key)
        OR EXISTS (SELECT FROM hub.call_leg WHERE source = :source AND call_key = :key)
""")


def dial_couriers(hub: Hub) -> list[DialCourier]:
    """The courier, if `hub.yaml` names a PBX that can place calls."""
    able = [one for one in hub.settings.telephony if one.ami is not None]
    return [DialCourier(able, hub.engine, hub.clock)] if able else []


@dataclass(frozen=True)
class DialCourier:
    """Lets an employee's telephone ring and connects it, when picked up, with a number.

    The channel gets the errand's marker for its id: Asterisk takes no second channel with it,
    and by it the call is found in the log. What was begun and has no known end is looked up
    there and in what goes on now, and never dialled again.
    """

    pbxes: Sequence[PbxOptions]
    engine: Engine
    clock: Callable[[], datetime]
    target: str = TARGET
    lost_answer_wait: timedelta = timedelta(seconds=5)
    workers: int = 2
    ahead: int = 1

    def marker(self, errand: Errand) -> str:
        """The id that the channel will have, and the call its key."""
        digest = hashlib.blake2b(errand.key.encode(), digest_size=12).hexdigest()
        return f"provodka-{digest}"

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Place the call, unless it may have been placed or its time is over."""
        asked: Mapping[str, Any] = errand.payload
        pbx, ami = self._pbx(asked.get("pbx", ""))
        if errand.unsure:
            return self._looked_up(errand, pbx)
        if self.clock() - datetime.fromisoformat(asked["at"]) > TOO_LATE:
            return Done("dead", trouble=_late(errand))
        number = dialable(asked["number"])
        if not number:
            return Done("dead", trouble=_no_number(errand))
        wanted = _wanted(ami, asked["extension"], number, self.marker(errand))
        with connected(ami_settings(pbx)) as session:
            still_mine()
            answer = session.ask("Originate", **wanted)
        if answer["response"].lower() != "success":
            raise _refused(pbx, answer.get("message", ""))
        return Done("delivered", result={"source": pbx.name, "call_key": self.marker(errand)})

    def _pbx(self, name: str) -> tuple[PbxOptions, Ami]:
        for one in self.pbxes:
            if one.ami is not None and name in ("", one.name):
                return one, one.ami
        raise DocumentError(
            _("АТС «{name}»").format(name=name),
            found=_("не умеет набирать номер"),
            expected=", ".join(one.name for one in self.pbxes),
            next_step=_("назовите другую или добавьте ей раздел ami в hub.yaml"),
            code="no_ami",
        )

    def _looked_up(self, errand: Errand, pbx: PbxOptions) -> Outcome:
        given = {"source": pbx.name, "key": self.marker(errand)}
        with self.engine.connect() as connection:
            heard_of = connection.execute(HEARD_OF, given).scalar_one()
        if heard_of:
            found = {"source": pbx.name, "call_key": self.marker(errand)}
            return Done("delivered", result=found)
        return Done("dead", trouble=_unknown(errand))


def _wanted(ami: Ami, extension: str, number: str, marker: str) -> dict[str, str]:
    """The fields of `Originate`; Asterisk 12 and newer heeds `ChannelId`."""
    return {
        "Channel": ami.channel.format(extension=extension),
        "ChannelId": marker,
        "Context": ami.context,
        "Exten": number,
        "Priority": "1",
        "CallerID": extension,
        "Timeout": RING_MILLISECONDS,
        "Async": "true",
    }


def _refused(pbx: PbxOptions, said: str) -> Refused:
    return Refused(
        _("АТС «{name}»").format(name=pbx.name),
        found=_("не набрала номер: {said}").format(said=said),
        expected=_("право originate пользователя AMI, канал и контекст из hub.yaml"),
        next_step=_("проверьте write = originate в manager.conf и telephony[].ami"),
        code="not_dialled",
    )


def _late(errand: Errand) -> DocumentError:
    return DocumentError(
        errand.key,
        found=_("просьба позвонить пролежала дольше двух минут"),
        expected=_("звонок сразу"),
        next_step=_("наберите снова, если звонок ещё нужен"),
        code="dialled_late",
    )


def _no_number(errand: Errand) -> DocumentError:
    return DocumentError(
        errand.key,
        found=_("это не номер, который можно набрать"),
        expected=_("номер телефона или внутренний номер"),
        next_step=_("исправьте номер в карточке"),
        code="no_number",
    )


def _unknown(errand: Errand) -> DocumentError:
    return DocumentError(
        errand.key,
        found=_("ответ АТС потерян, и звонка в журнале нет"),
        expected=_("звонок в журнале АТС"),
        next_step=_("второй раз не набирается; если телефон не звонил, попросите снова"),
        code="dial_unknown",
    )
