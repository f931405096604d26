"""Messages of EnterpriseData, read and written: the module that others import.

Reading::

    header, objects = read_message(stream)
    for one in objects:
        match one:
            case Found(kind, value): ...
            case Deletion(kind, key): ...
            case Misread(kind, payload, error): ...

Writing::

    write_message(target, header, [("Документ.ЗаказКлиента", order), deletion(…)], version="1.21")

`read_message(stream, limits=Limits()) -> tuple[Header, Iterator[Found | Misread | Deletion]]`
reads as it goes: memory does not grow with the message. A message that cannot be read at all
is `Misunderstood`, raised at once or, when it breaks off later, from the iterator.

`write_message(target, header, objects, version) -> int` writes objects as they come and
returns how many; an object that does not fit the schema is `Misunderstood` and names the element.
"""

from __future__ import annotations

from provodka.connectors.onec.enterprise_data.body import BodyObject, read_object
from provodka.connectors.onec.enterprise_data.reading import read_message
from provodka.connectors.onec.enterprise_data.values import (
    EXCHANGE_PLAN,
    AvailableObject,
    Confirmation,
    Deletion,
    Extension,
    Found,
    Header,
    Limits,
    Misread,
)
from provodka.connectors.onec.enterprise_data.versions import (
    highest_common,
    namespace_of,
    supported_versions,
)

__all__ = [
    "EXCHANGE_PLAN",
    "AvailableObject",
    "BodyObject",
    "Confirmation",
    "Deletion",
    "Extension",
    "Found",
    "Header",
    "Limits",
    "Misread",
    "highest_common",
    "namespace_of",
    "read_message",
    "read_object",
    "supported_versions",
]
