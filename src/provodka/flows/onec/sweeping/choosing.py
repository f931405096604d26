"""Which mappings a person means by the names of streams."""

from __future__ import annotations

from collections.abc import Sequence

from provodka.flows.hub import Hub
from provodka.flows.onec.pulling import ACCOUNTING, CATALOGS
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.nearest import nearest

__all__ = ["chosen"]

GROUPS = {"catalogs": CATALOGS, "accounting": ACCOUNTING}


def chosen(hub: Hub, names: Sequence[str]) -> list[str]:
    """The mappings' own names; a group stands for its mappings, `onec:client` for `client`.

    Raises `ConfigurationError` for a name that there is not, with the nearest one.
    """
    known = [name for name, one in hub.mappings.items() if one.reads]
    found: dict[str, None] = {}
    for said in names:
        name = said.removeprefix("onec:")
        if name not in GROUPS and name not in known:
            raise ConfigurationError(
                _("Поток «{stream}»").format(stream=said),
                found=_("такого потока нет"),
                expected=nearest(name, [*known, *GROUPS]),
                next_step=_("назовите поток из списка"),
                code="unknown_stream",
            )
        found |= dict.fromkeys(one for one in GROUPS.get(name, (name,)) if one in known)
    return list(found)
