"""What two processes of the hub tell each other through a pipe: whole values, one after another."""

from __future__ import annotations

import pickle
from typing import IO, Any

__all__ = ["receive", "send"]


def send(pipe: IO[bytes], value: Any) -> None:
    """Write a value and see it off; `OSError` when nobody is there to read it."""
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next value; `EOFError` when the other side has ended, in the midst of one or before.

    Only for a pipe whose other end is a process of this very hub: values are unpickled.
    """
    try:
        return pickle.load(pipe)  # noqa: S301 - our own process
    except pickle.UnpicklingError as cut:
        raise EOFError from cut
