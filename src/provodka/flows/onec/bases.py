"""The 1C base that `hub.yaml` names, opened over the protocol that it names."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

from provodka.connectors.onec.doorway import Doorway
from provodka.connectors.onec.odata.client import ODataBase
from provodka.connectors.onec.odata.guest import Manners
from provodka.connectors.onec.odata.hours import Hours
from provodka.connectors.onec.odata.settings import OneCSettings
from provodka.flows.settings import OneC, password
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.located_yaml import LocatedYaml

if TYPE_CHECKING:
    from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase

__all__ = [
    "by_messages",
    "doorway_of",
    "no_base",
    "odata_base",
    "open_onec",
    "over_odata",
]


_doorways: WeakValueDictionary[Hashable, Doorway] = WeakValueDictionary()
_opening = Lock()


def open_onec(
    settings: OneC | None, home: Path, source: LocatedYaml, opened: ExitStack
) -> tuple[ODataBase | None, EnterpriseDataBase | None]:
    """The base over OData or by messages, open until `opened` closes; None for what it is not.

    Raises `ConfigurationError` for settings that its protocol lacks.
    """
    if settings is None:
        return None, None
    if settings.protocol == "odata":
        return opened.enter_context(odata_base(settings, home)), None
    return None, opened.enter_context(_exchange(settings, home, source))


def odata_base(settings: OneC, home: Path) -> ODataBase:
    """The base over OData, through the door that this process has to it."""
    reached = _reached(settings, home)
    return ODataBase(reached, doorway=doorway_of(reached))


def doorway_of(reached: OneCSettings) -> Doorway:
    """The door to a base: the same one for all who have it open in this process."""
    root = reached.service_url().removesuffix("/odata/standard.odata")
    key = (root, reached.max_connections, reached.manners, reached.licence_wait)
    with _opening:
        return _doorways.setdefault(key, Doorway(reached))


def _reached(settings: OneC, home: Path) -> OneCSettings:
    """How the base is reached; both protocols go the same way."""
    return OneCSettings(
        url=settings.url,
        login=settings.login,
        password=password(settings),
        timezone=ZoneInfo(settings.zone),
        timeout=settings.timeout,
        max_connections=settings.connections,
        page_bytes=int(settings.page_mb * 1024 * 1024),
        sessions=settings.sessions,
        load_mode=settings.load_mode,
        manners=Manners(share=settings.base_share),
        licence_wait=settings.licence_wait,
        heavy_hours=Hours.parse(settings.heavy_hours),
        ca_file=settings.ca_file,
        metadata_cache=home / "metadata",
    )


def _exchange(settings: OneC, home: Path, source: LocatedYaml) -> EnterpriseDataBase:
    # zeep takes a third of a second to import, and few commands need it.
    from provodka.connectors.onec.enterprise_data.message import EXCHANGE_PLAN
    from provodka.connectors.onec.enterprise_data.soap.base import EnterpriseDataBase
    from provodka.connectors.onec.enterprise_data.soap.settings import SoapSettings, Waiting

    if not settings.exchange_node:
        raise source.error(
            "onec",
            found=_("не указан код узла хаба"),
            expected=_("onec.exchange_node: код узла хаба в плане обмена базы"),
            next_step=_("заведите в 1С синхронизацию через универсальный формат и впишите код"),
            code="no_exchange_node",
        )
    plan = settings.exchange_plan or EXCHANGE_PLAN
    whose = f"{settings.url} {plan} {settings.exchange_node}"
    folder = hashlib.sha256(whose.encode()).hexdigest()[:16]
    reached = SoapSettings(
        base=_reached(settings, home),
        peer_code=settings.exchange_node,
        exchange_plan=plan,
        part_kb=settings.part_kb,
        waiting=Waiting(first=settings.job_poll, deadline=settings.job_deadline),
        spool=home / "exchange" / folder,
    )
    return EnterpriseDataBase(reached, doorway=doorway_of(reached.base))


def no_base(source: LocatedYaml) -> ConfigurationError:
    """The error for a base that nobody has named."""
    return source.error(
        found=_("база 1С не указана"),
        expected=_("раздел onec с адресом базы"),
        next_step=_("добавьте раздел onec в hub.yaml"),
        code="no_base",
    )


def by_messages(source: LocatedYaml) -> ConfigurationError:
    """The error of whoever needs OData where messages go to and fro."""
    return source.error(
        "onec",
        "protocol",
        found=_("с этой базой обмениваются сообщениями EnterpriseData"),
        expected=_("поток exchange"),
        next_step=_("выполните provodka sync exchange или смените onec.protocol"),
        code="no_base",
    )


def over_odata(source: LocatedYaml) -> ConfigurationError:
    """The error of whoever needs messages where OData is spoken."""
    return source.error(
        "onec",
        found=_("с этой базой обмениваются по OData"),
        expected="onec.protocol: enterprise_data",
        next_step=_("укажите protocol, если база готова к обмену сообщениями"),
        code="no_base",
    )
