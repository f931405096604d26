"""Documents that wait for a parent, in words: for whom, and why it has not come."""

from __future__ import annotations

from provodka.connectors.crm_store.parked import Standing
from provodka.dashboards.insight.titles import kind_title
from provodka.foundation.i18n import _

__all__ = ["waits_for", "why_not"]


def waits_for(one: Standing) -> str:
    """The parent in words: its kind, and its key in the other system."""
    return f"{kind_title(one.waits_for_kind)} {one.waits_for_key}"


def why_not(one: Standing) -> str:
    """Why the parent has not come, as far as the hub knows."""
    if one.parent_code:
        return _("отложен: {found}").format(found=one.parent_found)
    return _("сам ждет родителя") if one.parent_parked else _("еще не приходил")
