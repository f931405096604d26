"""The fields of one answer, each of the type that was declared for it, or not at all.

An answer may override a declared type (`xsi:type`), leave a field out or make
it nil, and a value that does not parse comes out as nothing.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar

from provodka.connectors.onec.enterprise_data.soap.answers import JobStatus
from provodka.connectors.onec.odata.errors import Call, unreadable
from provodka.foundation.errors import ProvodkaError
from provodka.foundation.i18n import _

__all__ = ["Fields"]

T = TypeVar("T")


class Fields:
    """`value` holds the fields by name; `call` is what they are an answer to."""

    def __init__(self, value: Any, call: Call) -> None:
        self._value = value
        self._call = call

    @classmethod
    def of_answer(cls, value: Any, call: Call) -> Self:
        """The fields of what zeep returns: a lone result is the field `return`."""
        named = _is_structure(value) and "return" in value
        return cls(value if named else {"return": value}, call)

    def text(self, name: str) -> str:
        """A text; empty when nil."""
        return self._of(str, name, "")

    def number(self, name: str) -> int:
        """A whole number; 0 when nil."""
        return self._of(int, name, 0)

    def data(self, name: str) -> bytes:
        """Binary data; empty when nil."""
        return self._of(bytes, name, b"")

    def truth(self, name: str) -> bool:
        """Yes or no, which must be there."""
        found = self._found(name)
        if type(found) is not bool:
            raise self.senseless(name)
        return found

    def status(self, name: str) -> JobStatus:
        """A job's status, one of those known."""
        try:
            return JobStatus(self.text(name))
        except ValueError:
            raise self.senseless(name) from None

    def inner(self, name: str) -> Fields:
        """The fields of a structure, which must be there."""
        found = self._found(name)
        if not _is_structure(found):
            raise self.senseless(name)
        return Fields(found, self._call)

    def listed(self, name: str) -> tuple[str, ...]:
        """The texts of a `v8:Array`, whether or not each names its type; nil ones are left out."""
        array = self._found(name)
        values = array if isinstance(array, list) else getattr(array, "Value", None)
        # Without xsi:type zeep hands over the element itself.
        texts = (getattr(value, "text", value) for value in values or ())
        return tuple(str(text).strip() for text in texts if text is not None)

    def senseless(self, name: str) -> ProvodkaError:
        """The error for a field that is missing or not what it should be."""
        return unreadable(self._call, _("в ответе нет понятного «{field}»").format(field=name))

    def _found(self, name: str) -> Any:
        try:
            return self._value[name]
        except KeyError:
            raise self.senseless(name) from None

    def _of(self, kind: type[T], name: str, empty: T) -> T:
        found = self._found(name)
        if found is None:
            return empty
        if type(found) is not kind:
            raise self.senseless(name)
        return found


def _is_structure(value: Any) -> bool:
    return hasattr(value, "__values__")
