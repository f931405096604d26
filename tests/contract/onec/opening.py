"""What the contract tests share: impatient retries and the shape of the fixture."""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.onec.scripted_server import ScriptedServer

from provodka.connectors.http import Retries
from provodka.connectors.onec.odata.client import ODataBase

QUICK = Retries(attempts=3, first_wait=0.001, longest_wait=0.002)
OpenBase = Callable[..., tuple[ODataBase, ScriptedServer]]
