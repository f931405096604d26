"""The official XDTO packages, compressed; `ORIGIN.md` says whose they are."""

from __future__ import annotations

import gzip
from importlib.resources import files

__all__ = ["package_text"]


def package_text(name: str) -> bytes:
    """The XML of a package, such as `EnterpriseData_1_21_1`; `FileNotFoundError` if not held."""
    return gzip.decompress(files(__name__).joinpath(f"{name}.xdto.xml.gz").read_bytes())
