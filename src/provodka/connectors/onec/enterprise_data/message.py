"""Messages of EnterpriseData, read and written: the module that others import.

Reading, with memory that does not grow with the message::

    header, objects = read_message(stream)
    for one in objects:
        match one:
            case Found(kind, value): ...
            case Deletion(kind, key): ...
            case Misread(kind, payload, error): ...

Writing, in the version that the header names::

    orders = [("Документ.ЗаказКлиента", order), deletion("Документ.ЗаказКлиента", key, "1.21")]
    write_message(target, header, orders)

A message that cannot be read at all, and an object that may not be written, is
`Misunderstood`.
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
from provodka.connectors.onec.enterprise_data.writing import (
    deletion,
    encode_object,
    write_message,
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
    "deletion",
    "encode_object",
    "highest_common",
    "namespace_of",
    "read_message",
    "read_object",
    "supported_versions",
    "write_message",
]
