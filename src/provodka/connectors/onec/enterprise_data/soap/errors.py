"""What the services' refusals mean for the caller; the base's own words always go along.

fault about rights              AccessDenied
fault about data types          ConfigurationError    the service differs from the published one
fault of a lock, an update      SystemUnavailable     nothing was started
fault of a crash, a connection  SystemUnavailable, after a write UnknownOutcome
any other fault                 Refused
404                             ConfigurationError    the web service is not published
not SOAP, entities, torn XML    SystemUnavailable, after a write UnknownOutcome
export failed or lost           SystemUnavailable     nothing changed: ask again later
import failed                   Refused
import not seen to its end      ImportUnseen          (an UnknownOutcome)
archive that must not be read   BadArchive            (a Misunderstood)
"""

from __future__ import annotations

import re
from typing import Any

from provodka.connectors.onec.odata.errors import PASSING, Call, unreadable
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    Misunderstood,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = [
    "BadArchive",
    "ImportUnseen",
    "export_trouble",
    "import_refused",
    "not_published",
    "refusal",
]

NO_RIGHTS = re.compile(r"Нарушение прав|Недостаточно прав|прав доступа|Access violation", re.I)
BUSY = re.compile(
    r"Ошибка блокировки|Не удалось заблокировать|уже заблокирован|монопольн"
    r"|(состоянии|связи с) обновлени",
    re.I,
)
WRONG_TYPES = re.compile(r"(проверки|преобразования) данных XDTO|Несоответствие типов XDTO", re.I)
NO_NODE = re.compile(r"узел плана обмена не найден|Поле объекта не обнаружено", re.I)
LONGEST_TEXT = 2000


class BadArchive(Misunderstood):
    """The packed message is broken, too large, or made to do harm; `code` says which."""


class ImportUnseen(UnknownOutcome):
    """The message was handed over and its end not seen.

    `operation_id` is the job to ask about later (`EnterpriseDataBase.outcome`),
    empty when it is not known either. Whether the base has read the message,
    its next message tells (`ReceivedNo`).
    """

    def __init__(self, where: str, *, operation_id: str = "", **said: Any) -> None:
        super().__init__(where, **said)
        self.operation_id = operation_id


def refusal(text: str, call: Call) -> ProvodkaError:
    """The error for a fault or an `ErrorMessage`; `text` is the base's."""
    text = text.strip()[:LONGEST_TEXT] or _("база отказала без объяснения")
    if NO_RIGHTS.search(text):
        return AccessDenied(
            call.where,
            found=text,
            next_step=_("дайте пользователю 1С право на синхронизацию данных и веб-сервисы"),
            code="no_rights",
        )
    if BUSY.search(text):
        return _busy(call, text)
    if PASSING.search(text):
        return unreadable(call, text)
    if NO_NODE.search(text):
        return ConfigurationError(
            call.where,
            found=text,
            next_step=_("проверьте план обмена и код узла в настройках и в 1С"),
            code="no_exchange_node",
        )
    if WRONG_TYPES.search(text):
        return ConfigurationError(
            call.where,
            found=text,
            next_step=_("сервис базы отличается от опубликованного: проверьте версию БСП"),
            code="service_differs",
        )
    return Refused(
        call.where,
        found=text,
        next_step=_("исправьте документ или настройку в 1С и повторите"),
        code="base_refused",
    )


def _busy(call: Call, text: str) -> SystemUnavailable:
    return SystemUnavailable(
        call.where,
        found=text,
        next_step=_("дождитесь, пока база освободится"),
        code="base_busy",
    )


def not_published(call: Call) -> ConfigurationError:
    """The error for an address that holds no web service."""
    return ConfigurationError(
        call.where,
        found=_("404: по этому адресу нет веб-сервиса"),
        next_step=_("опубликуйте веб-сервис на веб-сервере (файл default.vrd) и проверьте адрес"),
        code="no_web_service",
    )


def export_trouble(call: Call, found: str, code: str) -> SystemUnavailable:
    """The error for a message that the base did not make: its changes wait for the next one."""
    return SystemUnavailable(
        call.where,
        found=found.strip()[:LONGEST_TEXT] or _("база не подготовила сообщение и не объяснила"),
        next_step=_("изменения остались в базе; если повтор не поможет, смотрите журнал 1С"),
        code=code,
    )


def import_refused(call: Call, text: str) -> ProvodkaError:
    """The error for a message that the base could not read to its end."""
    text = text.strip()[:LONGEST_TEXT]
    if BUSY.search(text) or PASSING.search(text):
        return _busy(call, text)
    return Refused(
        call.where,
        found=text or _("база не загрузила сообщение и не объяснила"),
        next_step=_("исправьте данные; подробности — в журнале регистрации 1С"),
        code="import_failed",
    )
