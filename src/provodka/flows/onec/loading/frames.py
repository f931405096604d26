"""What two processes of the hub tell each other through a pipe: whole values, one after another."""

from __future__ import annotations

import pickle
import struct
from typing import IO, Any

__all__ = ["receive", "send"]

LENGTH = struct.Struct(">Q")


def send(pipe: IO[bytes], value: Any) -> None:
    """Write a value and see it off; `OSError` when nobody is there to read it."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    pipe.write(LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next value; `EOFError` when the other side has ended, in the midst of one or before.

    Only for a pipe whose other end is a process of this very hub: values are unpickled.
    """
    head = _exactly(pipe, LENGTH.size)
    return pickle.loads(_exactly(pipe, *LENGTH.unpack(head)))  # noqa: S301 - our own process


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
