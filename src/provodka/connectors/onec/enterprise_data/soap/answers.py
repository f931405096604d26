"""What the services answer, as values; `error` is the base's own `ErrorMessage`, often empty."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Acknowledged",
    "ConnectionTested",
    "DataPart",
    "ImportState",
    "JobStarted",
    "JobStatus",
    "PreparationState",
    "Received",
    "Sent",
]


class JobStatus(StrEnum):
    """The state of a background job; one that the base does not know is `CANCELED` too."""

    ACTIVE = "Active"
    COMPLETED = "Completed"
    FAILED = "Failed"
    CANCELED = "Canceled"


@dataclass(frozen=True, slots=True)
class ConnectionTested:
    """`TestConnection`: whether the node may be exchanged with, and if not, why."""

    works: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class JobStarted:
    """`PrepareDataForGetting`, `PutData`: the job that the base has begun."""

    operation_id: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class PreparationState:
    """`PrepareDataActionResult`: how far the message is, and the file it became.

    The base tells `file_id` and `parts` once: a completed job that is asked
    again has an empty `file_id` (SSL 3.1, `ПолучитьСообщенияПользователю(Истина)`).
    """

    status: JobStatus
    file_id: str = ""
    parts: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class DataPart:
    """`GetDataPart`: one part of the packed message, numbered from 1; empty with an error."""

    data: bytes = field(repr=False)
    error: str = ""


@dataclass(frozen=True, slots=True)
class ImportState:
    """`PutDataActionResult`: how far the base is with reading a message."""

    status: JobStatus
    error: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """`PutFilePart`, `ConfirmGettingFile`: an error, or nothing to say."""

    error: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A message fetched and unpacked: sizes in bytes, and the XML's SHA-256 in hex."""

    file_id: str
    parts: int
    packed_bytes: int
    xml_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the base has read to its end."""

    file_id: str
    operation_id: str
    parts: int
    packed_bytes: int
