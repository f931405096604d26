"""The kinds of PBX that there are: one module of `sources/` each, found by its `PBX`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from provodka.connectors.telephony import sources
from provodka.connectors.telephony.options import PbxOptions
from provodka.connectors.telephony.source import CallSource, Hook

__all__ = ["PBXES", "Pbx", "found"]


@dataclass(frozen=True, slots=True)
class Pbx:
    """One kind of PBX.

    `kind` is its name in `hub.yaml`, `options` the fields that it has there. `open` connects
    to one; its second argument holds the secrets by field (`token` for `token_env`), and no
    request is made before the first `read`. `hook` understands its webhooks, if it has any.
    """

    kind: str
    options: type[PbxOptions]
    open: Callable[[Any, Mapping[str, str]], CallSource]
    hook: Hook | None = None


def found(package: ModuleType) -> dict[str, Pbx]:
    """Every `PBX` of the modules of a package, by kind."""
    modules = [
        importlib.import_module(f"{package.__name__}.{module.name}")
        for module in pkgutil.iter_modules(package.__path__)
    ]
    pbxes = [module.PBX for module in modules if isinstance(getattr(module, "PBX", None), Pbx)]
    return {pbx.kind: pbx for pbx in pbxes}


PBXES: Mapping[str, Pbx] = found(sources)
"""What `telephony[].kind` may be."""
