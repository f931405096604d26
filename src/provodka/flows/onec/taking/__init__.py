"""Taking a page of wire documents into the store, in the caller's transaction."""

from provodka.flows.onec.taking.knowledge import Taking, nobody, stream_of
from provodka.flows.onec.taking.preparing import Prepared, Sorted, prepare, sort_rows
from provodka.flows.onec.taking.storing import (
    heed_tolerance,
    take,
    take_prepared,
    take_waiting,
)
from provodka.flows.onec.taking.waiting import set_aside

__all__ = [
    "Prepared",
    "Sorted",
    "Taking",
    "heed_tolerance",
    "nobody",
    "prepare",
    "set_aside",
    "sort_rows",
    "stream_of",
    "take",
    "take_prepared",
    "take_waiting",
]
