"""What an answer of 1C that is not a success means for the caller.

    401, 403           AccessDenied          wrong login, or rights are missing
    404 code 9         NotFound              no such object
    404 code 8         ConfigurationError    the set is not published
    404 without text   ConfigurationError    wrong address, or the URL is too long
    412                ChangedMeanwhile      somebody has written the object since it was read
    406, 429           SystemUnavailable     no licence or no room for a session: wait
    400 code 6 of a virtual table
                       ConfigurationError    the register has no such table
    400, other 4xx     read: ConfigurationError, write: Refused
    500 with text      Refused               the base's own words
    500 of a lock, a crash, no licence, or without text
                       read: SystemUnavailable, write: UnknownOutcome
    200 with HTML      read: SystemUnavailable, write: UnknownOutcome

Codes are those of the 1C developer guide 8.3.27 §17.4.10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from provodka.connectors.http import AnswerTooLarge, HttpAnswer
from provodka.connectors.onec.odata.error_bodies import BaseError, is_html, parse_error
from provodka.connectors.onec.odata.url_budget import QUERY_BUDGET
from provodka.foundation.errors import (
    AccessDenied,
    ConfigurationError,
    DocumentError,
    ProvodkaError,
    Refused,
    RetriableError,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.i18n import _

__all__ = [
    "BaseError",
    "Call",
    "ChangedMeanwhile",
    "NotFound",
    "failure",
    "is_html",
    "parse_error",
    "unreadable",
]

SESSION_WAIT = timedelta(seconds=60)
NO_ROOM = re.compile(r"No space left|device is full|Недостаточно памяти|место на диске", re.I)
NO_METHOD = re.compile(r"Метод не найден|method .*not found", re.I)
BAD_READ = re.compile(r"joins can have at most|Нельзя сравнивать поля|операции сравнения", re.I)
PASSING = re.compile(
    r"application error|Конфликт блокировок|ожидания (предоставления )?блокировки|deadlock"
    r"|Начало сеанса .* запрещен|Не найдена лицензия|Не обнаружен .*ключ"
    r"|Соединение .* разорвано|Сервер баз данных не обнаружен|сервер .* перегружен",
    re.I,
)
"""Texts of the platform, not of the configuration: the same request may pass later."""


class NotFound(DocumentError):
    """The base has no object with this key."""


class ChangedMeanwhile(RetriableError):
    """The object is not as it was when it was read: read it again and decide anew."""

    def __init__(self, where: str) -> None:
        super().__init__(
            where,
            found=_("объект изменён в 1С после того, как хаб его прочитал"),
            next_step=_("прочитайте его снова и решите заново"),
            code="changed_meanwhile",
        )


@dataclass(frozen=True, slots=True)
class Call:
    """The request that an answer belongs to: for messages and for choosing the error.

    `table` is the virtual table that was asked for, if it was one.
    """

    where: str
    writing: bool = False
    query_length: int = 0
    table: str = ""


def failure(answer: HttpAnswer, call: Call) -> ProvodkaError:
    """The error to raise for an answer that is not a success."""
    said = parse_error(answer)
    status = answer.status
    if status in {401, 403}:
        return _denied(call, said)
    if status == 404:
        return _not_found(call, said)
    if status == 412:
        return ChangedMeanwhile(call.where)
    if status in {406, 429}:
        return SystemUnavailable(
            call.where,
            found=_said(said)
            or _("база не может начать сеанс (ответ {status})").format(status=status),
            next_step=_("освободите лицензию или уменьшите число одновременных запросов"),
            code="no_session",
            retry_after=answer.retry_after() or SESSION_WAIT,
        )
    if status >= 500 and status != 501:
        return _server_error(answer, call, said)
    if 300 <= status < 400:
        return _moved(answer, call)
    return _client_error(answer, call, said)


def _denied(call: Call, said: BaseError | None) -> AccessDenied:
    if said is not None and said.code == "20":
        return AccessDenied(
            call.where,
            found=said.text,
            next_step=_(
                "дайте пользователю 1С права на этот объект; если закрыты отдельные "
                "записи, разрешите читать только доступные"
            ),
            code="no_rights",
        )
    return AccessDenied(
        call.where,
        found=_said(said) or _("1С не приняла логин или пароль"),
        next_step=_("проверьте логин и пароль; пользователю нужен вход по паролю 1С"),
        code="bad_login",
    )


def _not_found(call: Call, said: BaseError | None) -> ProvodkaError:
    if said is not None and said.code == "8":
        return ConfigurationError(
            call.where,
            found=_said(said),
            next_step=_(
                "опубликуйте объект: Администрирование → Настройка автоматического REST-сервиса"
            ),
            code="not_published",
        )
    if said is not None and said.code:
        return NotFound(
            call.where,
            found=_said(said),
            next_step=_("проверьте ключ: объект удалён или ещё не записан"),
            code="not_found",
        )
    if call.query_length > QUERY_BUDGET:
        return ConfigurationError(
            call.where,
            found=_("404 без пояснений на адрес с {length} знаками запроса").format(
                length=call.query_length
            ),
            expected=_("не больше {budget}").format(budget=QUERY_BUDGET),
            next_step=_("сократите отбор или список полей: IIS отвергает длинные адреса"),
            code="url_too_long",
        )
    return ConfigurationError(
        call.where,
        found=_("404: по этому адресу нет интерфейса OData"),
        next_step=_("проверьте адрес базы и публикацию OData на веб-сервере"),
        code="no_service",
    )


def _server_error(answer: HttpAnswer, call: Call, said: BaseError | None) -> ProvodkaError:
    if said is None:
        return unreadable(call, _("ответ {status} без объяснения").format(status=answer.status))
    if not call.writing and NO_ROOM.search(said.text):
        return AnswerTooLarge(
            call.where,
            found=said.text,
            next_step=_("запросите меньше строк за один раз; освободите место на сервере 1С"),
            code="page_too_heavy",
        )
    if not call.writing and BAD_READ.search(said.text):
        return _bad_query(call, said)
    if PASSING.search(said.text):
        return unreadable(call, _said(said))
    return Refused(
        call.where,
        found=_said(said),
        next_step=_("исправьте документ или настройку в 1С и повторите"),
        code="base_refused",
    )


def _client_error(answer: HttpAnswer, call: Call, said: BaseError | None) -> ProvodkaError:
    found = _said(said) or _("ответ {status}").format(status=answer.status)
    if answer.status == 501:
        return ConfigurationError(
            call.where,
            found=found,
            next_step=_("эта возможность в базе не поддерживается"),
            code="unsupported",
        )
    if call.table and said is not None and said.code == "6" and NO_METHOD.search(said.text):
        return _no_table(call, said)
    if call.writing:
        return Refused(
            call.where,
            found=found,
            next_step=_("сверьте сопоставление полей с описанием объекта в 1С"),
            code="base_rejected",
        )
    return _bad_query(call, said or BaseError("", found))


def _no_table(call: Call, said: BaseError) -> ConfigurationError:
    return ConfigurationError(
        call.where,
        found=_("у регистра нет таблицы {table}: {text}").format(
            table=call.table, text=_said(said)
        ),
        expected=_("у оборотного регистра есть только Turnovers, у остатков есть и Balance"),
        next_step=_("выберите таблицу, которая есть в описании базы"),
        code="no_virtual_table",
    )


def _bad_query(call: Call, said: BaseError) -> ConfigurationError:
    return ConfigurationError(
        call.where,
        found=_said(said),
        next_step=_("сверьте имена полей и отбор с описанием базы: provodka check"),
        code="bad_query",
    )


def _moved(answer: HttpAnswer, call: Call) -> ConfigurationError:
    return ConfigurationError(
        call.where,
        found=_("база отвечает перенаправлением на {place}").format(
            place=answer.headers.get("location", "?")
        ),
        next_step=_("впишите в настройки окончательный адрес"),
        code="moved",
    )


def unreadable(call: Call, found: str) -> ProvodkaError:
    """The error for an answer that cannot be understood: after a write nobody knows."""
    if call.writing:
        return UnknownOutcome(
            call.where,
            found=found,
            next_step=_("прежде чем повторять запись, проверьте, не выполнена ли она"),
            code="unknown_outcome",
        )
    return SystemUnavailable(
        call.where,
        found=found,
        next_step=_("откройте адрес базы в браузере и посмотрите, что она отвечает"),
        code="senseless_answer",
    )


def _said(said: BaseError | None) -> str:
    if said is None or not (said.text or said.code):
        return ""
    if not said.code:
        return said.text
    return _("{text} (код {code})").format(text=said.text, code=said.code)
