"""Ports of this computer that nobody listens on."""

from __future__ import annotations

import socket

__all__ = ["free_port"]


def free_port(wanted: int, host: str = "127.0.0.1") -> int:
    """The wanted port if nobody listens on it, else any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (wanted, 0):
        with socket.socket(family) as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind((host, port))
            except OSError:
                continue
            return int(taken.getsockname()[1])
    return wanted
