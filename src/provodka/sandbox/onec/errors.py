"""The error answers of the OData service, with the base's own wording.

Bodies follow the vendor's guide 8.3.27 §17.4.10; wordings were collected from live bases.
"""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from provodka.sandbox.httpd import Response

METADATA_NS = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
INTERNAL = "Произошла внутренняя ошибка OData сервиса"
INCOMPARABLE = (
    "{(3, 23)}: Неверные параметры в операции сравнения. Нельзя сравнивать поля неограниченной "
    "длины и поля несовместимых типов."
)


class ODataError(Exception):
    """An answer of the service that is not a success: HTTP status, 1C's code and its text.

    `plain` answers come from below the service: the text alone, whatever format is asked for.
    """

    def __init__(self, status: int, code: str, text: str, *, plain: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.plain = plain

    def answer(self, *, json_wanted: bool) -> Response:
        """The HTTP answer in the format that the client asked for."""
        if self.plain:
            return Response(self.status, self.text.encode(), "text/plain;charset=utf-8")
        if json_wanted:
            return Response(self.status, self.as_json(), "application/json;charset=utf-8")
        return Response(self.status, self.as_xml(), "application/xml;charset=utf-8")

    def as_json(self) -> bytes:
        """The body for clients that asked for JSON."""
        message = {"lang": "ru", "value": self.text}
        error = {"odata.error": {"code": self.code, "message": message}}
        return json.dumps(error, ensure_ascii=False).encode()

    def as_xml(self) -> bytes:
        """The body for everybody else."""
        return (
            f'<m:error xmlns:m="{METADATA_NS}">'
            f"<m:code>{self.code}</m:code><m:message>{escape(self.text)}</m:message></m:error>"
        ).encode()


def instance_not_found(name: str) -> ODataError:
    """404/9 for an object that is not there; `name` is the object's name without its prefix."""
    return ODataError(404, "9", f'Экземпляр сущности "{name}" не найден по переданному ключу.')


def key_not_found() -> ODataError:
    """404/9 for a register record that is not there, or for deleting what is not there."""
    return ODataError(404, "9", "Экземпляр сущности не найден")


def record_exists() -> ODataError:
    """400 for a second POST of the same key of an independent register."""
    return ODataError(400, "1", "Запись с такими значениями уже существует!")


def set_not_found(name: str) -> ODataError:
    """404/8 for a set that is not published."""
    return ODataError(404, "8", f"Сущность {name} не найдена!")


def segment_not_found(name: str) -> ODataError:
    """400/6 for an unknown property in a path, $select, $expand, $orderby or $filter."""
    return ODataError(400, "6", f"Сегмент пути {name} не найден!")


def method_not_found() -> ODataError:
    """400/6 for a virtual table that the register does not have."""
    return ODataError(400, "6", "Метод не найден")


def bad_option(option: str) -> ODataError:
    """400/14 for a query option that cannot be parsed."""
    return ODataError(400, "14", f"Ошибка при разборе опции запроса {option}")


def bad_literal(value: object, type_name: str) -> ODataError:
    """400/1 for a value that is not of its property's type."""
    return ODataError(
        400, "1", f"Не удалось разобрать строку '{value}' как значение типа {type_name}!"
    )


def refused(text: str) -> ODataError:
    """500/−1: the configuration refuses; repeating the same request will not help."""
    return ODataError(500, "-1", text)


def internal() -> ODataError:
    """500/−1 without an explanation, as for an array in a string property."""
    return refused(INTERNAL)


def access_denied() -> ODataError:
    """401/20: the user may not see some of the records that were asked for."""
    return ODataError(401, "20", "Нарушение прав доступа")


def handler_failed(text: str) -> ODataError:
    """500/−1: an event handler of the configuration threw."""
    return refused(f"Ошибка при выполнении обработчика - {text}")


def unpost_denied() -> ODataError:
    """500/−1 for Unpost where the user lacks rights to the handler (Apache on Linux)."""
    return refused("Error running processor — 'ОбработкаУдаленияПроведения'")


def device_full() -> ODataError:
    """500 without OData: the application server has no room to gather the page."""
    text = (
        "1C:Enterprise 8 application error: The device is full '/tmp/v8_wczvl2_2.tmp'. "
        "28(0x0000001C): No space left on device"
    )
    return ODataError(500, "", text, plain=True)


def too_wide() -> ODataError:
    """500: PostgreSQL cannot join what a very wide set is made of."""
    return refused("joins can have at most 32767 columns")


def not_supported() -> Response:
    """501/0, in XML with a default namespace whatever format is asked for."""
    body = (
        f'<error xmlns="{METADATA_NS}"><code>0</code>'
        '<message xml:lang="ru">Произошла ошибка сервиса</message></error>'
    ).encode()
    return Response(501, body, "application/xml;charset=utf-8")
