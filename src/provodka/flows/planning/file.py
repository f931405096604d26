"""A plan on disk: readable, and refused if somebody has changed it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from provodka.connectors.crm_store.engine import dump_json, load_json
from provodka.flows.insight.planned import Plan
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _

__all__ = ["load", "save", "told"]

FORMAT = 1


def told(plan: Plan) -> dict[str, Any]:
    """A plan for machines, with its digest."""
    return {"digest": plan.digest, **load_json(dump_json(plan))}


def save(plan: Plan, path: Path, made_at: datetime) -> None:
    """Write a plan. Raises `ConfigurationError` if the file cannot be written."""
    said = {"format": FORMAT, "made_at": made_at, "digest": plan.digest, "plan": plan}
    text = msgspec.json.format(dump_json(said), indent=1)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise _wrong(path, str(error.strerror), _("папка, в которую можно писать")) from error


def load(path: Path) -> Plan:
    """Read a plan back. Raises `ConfigurationError` if it is none, or has been changed by hand."""
    try:
        said = load_json(path.read_bytes())
        plan = msgspec.convert(said["plan"], Plan)
    except OSError as error:
        raise _wrong(path, str(error.strerror), _("файл плана")) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise _wrong(path, _("это не план"), _("файл из provodka sync --plan --save")) from error
    if said.get("format") != FORMAT:
        raise _wrong(path, _("план другой версии хаба"), _("план этой версии"))
    if said.get("digest") != plan.digest:
        raise _wrong(path, _("план изменен после того, как составлен"), _("план, каким он записан"))
    return plan


def _wrong(path: Path, found: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        str(path),
        found=found,
        expected=expected,
        next_step=_("составьте план: provodka sync --plan --save {path}").format(path=path),
        code="bad_plan_file",
    )
