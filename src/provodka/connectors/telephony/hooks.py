"""The vendors' webhooks by the kind of the PBX, as `hub.yaml` names it."""

from __future__ import annotations

from collections.abc import Mapping

from provodka.connectors.telephony.pbx import PBXES
from provodka.connectors.telephony.source import Hook

__all__ = ["HOOKS"]

HOOKS: Mapping[str, Hook] = {kind: pbx.hook for kind, pbx in PBXES.items() if pbx.hook}
