"""The courier of calls: placed through a PBX's API or AMI now or never, never twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Engine, text

from provodka.connectors.crm_store.outbox import Errand
from provodka.connectors.telephony.dialing import Dialer, Spoken, Wanted
from provodka.connectors.telephony.live.dialing import AmiDialer
from provodka.connectors.telephony.live.session import connected
from provodka.connectors.telephony.numbers import dialable, e164
from provodka.connectors.telephony.options import Ami, PbxOptions
from provodka.flows.calls.ami import ami_settings
from provodka.flows.calls.asking import SAY, TARGET
from provodka.flows.calls.pull import open_pbx
from provodka.flows.deliver.courier import StillMine
from provodka.flows.deliver.outcome import Done, Outcome
from provodka.flows.hub import Hub
from provodka.foundation.errors import DocumentError
from provodka.foundation.i18n import _

__all__ = ["TOO_LATE", "DialCourier", "dial_couriers"]

TOO_LATE = timedelta(minutes=2)
"""A call that was asked for longer ago is not what anybody wants any more."""
CLOCKS_APART = timedelta(minutes=1)
"""How far a PBX's clock may be from ours when a call of a lost answer is looked for."""
HEARD_OF = text("""
    SELECT call_key FROM hub.live_call WHERE source = :source AND call_key = :key
    UNION ALL
    SELECT call_key FROM hub.call_leg WHERE source = :source AND call_key = :key
    UNION ALL
    SELECT call_key FROM hub.live_call WHERE source = :source AND direction = 'outgoing'
        AND extension = :extension AND client_number = :number
        AND started_at BETWEEN :earliest AND :latest
    UNION ALL
    SELECT call_key FROM crm.call c WHERE direction = 'outgoing'
        AND extension = :extension AND client_number = :number
        AND started_at BETWEEN :earliest AND :latest AND deleted_at IS NULL
        AND (source = :source OR EXISTS (SELECT FROM hub.call_source s
                                         WHERE s.call_id = c.id AND s.source = :source))
    LIMIT 1
""")


def dial_couriers(hub: Hub) -> list[DialCourier]:
    """The courier, if `hub.yaml` names a PBX that can place calls."""
    able = [one for one in hub.settings.telephony if one.can_dial]
    return [DialCourier(able, hub.engine, hub.clock)] if able else []


@contextmanager
def _dialer(pbx: PbxOptions) -> Iterator[Dialer]:
    """A PBX that is ready to be asked: AMI goes before the vendor's API."""
    if pbx.ami is not None:
        with _robot(pbx, pbx.ami) as dialer:
            yield dialer
        return
    with closing(open_pbx(pbx)) as source:
        yield cast(Dialer, source)


@contextmanager
def _robot(pbx: PbxOptions, ami: Ami) -> Iterator[AmiDialer]:
    """AMI of a PBX, which alone calls without an employee."""
    with connected(ami_settings(pbx)) as session:
        yield AmiDialer(session, ami, _("АТС «{name}»").format(name=pbx.name))


@dataclass(frozen=True)
class DialCourier:
    """Lets an employee's telephone ring and connects it, when picked up, with a number.

    What was begun and has no known end is looked for among what goes on now and in the log, by
    its marker or by who called whom at that time, and never dialled again.
    """

    pbxes: Sequence[PbxOptions]
    engine: Engine
    clock: Callable[[], datetime]
    target: str = TARGET
    lost_answer_wait: timedelta = timedelta(seconds=5)
    workers: int = 2
    ahead: int = 1

    def marker(self, errand: Errand) -> str:
        """The name of the call; where the PBX takes it, the call's key too."""
        digest = hashlib.blake2b(errand.key.encode(), digest_size=12).hexdigest()
        return f"provodka-{digest}"

    def carry(self, errand: Errand, still_mine: StillMine) -> Outcome:
        """Place the call, unless it may have been placed or its time is over."""
        asked: Mapping[str, Any] = errand.payload
        robot = errand.operation == SAY
        pbx = self._speaker(asked) if robot else self._pbx(asked.get("pbx", ""))
        if errand.unsure:
            return self._looked_up(errand, pbx)
        if self.clock() - datetime.fromisoformat(asked["at"]) > TOO_LATE:
            return Done("dead", trouble=_late(errand))
        if not dialable(asked["number"]):
            return Done("dead", trouble=_no_number(errand))
        key = (self._said if robot else self._dialled)(errand, pbx, still_mine)
        return Done("delivered", result={"source": pbx.name, "call_key": key})

    def _dialled(self, errand: Errand, pbx: PbxOptions, still_mine: StillMine) -> str:
        asked: Mapping[str, Any] = errand.payload
        wanted = Wanted(asked["extension"], asked["number"], self.marker(errand))
        with _dialer(pbx) as dialer:
            return dialer.dial(wanted, before=still_mine)

    def _said(self, errand: Errand, pbx: PbxOptions, still_mine: StillMine) -> str:
        asked: Mapping[str, Any] = errand.payload
        said = Spoken(asked["number"], self.marker(errand), asked["text"], asked["recording"])
        if pbx.ami is None:  # such a PBX is never chosen
            raise AssertionError(pbx.name)
        with _robot(pbx, pbx.ami) as robot:
            return robot.speak(said, before=still_mine)

    def _speaker(self, asked: Mapping[str, Any]) -> PbxOptions:
        for one in self.pbxes:
            if one.can_play if asked["recording"] else one.can_speak:
                return one
        raise DocumentError(
            _("hub.yaml, telephony"),
            found=_("ни одна АТС не произнесет это в трубку"),
            expected=_("АТС с разделом ami; чтобы говорить текст, в нем voice_context"),
            next_step=_("добавьте раздел ami и voice_context или назовите recording"),
            code="nobody_speaks",
        )

    def _pbx(self, name: str) -> PbxOptions:
        for one in self.pbxes:
            if one.can_dial and name in ("", one.name):
                return one
        raise DocumentError(
            _("АТС «{name}»").format(name=name),
            found=_("не умеет набирать номер"),
            expected=", ".join(one.name for one in self.pbxes if one.can_dial),
            next_step=_("назовите другую или добавьте ей раздел ami в hub.yaml"),
            code="no_ami",
        )

    def _looked_up(self, errand: Errand, pbx: PbxOptions) -> Outcome:
        asked: Mapping[str, Any] = errand.payload
        at = datetime.fromisoformat(asked["at"])
        given = {
            "source": pbx.name,
            "key": self.marker(errand),
            "extension": asked.get("extension", ""),
            "number": e164(asked["number"]) or asked["number"],
            "earliest": at - CLOCKS_APART,
            "latest": at + TOO_LATE + CLOCKS_APART,
        }
        with self.engine.connect() as connection:
            key = connection.execute(HEARD_OF, given).scalar()
        if key is None:
            return Done("dead", trouble=_unknown(errand))
        return Done("delivered", result={"source": pbx.name, "call_key": key})


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
