"""After the story: the pages of its company, until they are closed."""

from __future__ import annotations

import sys

from provodka.flows.demo.stage import Stage
from provodka.flows.settings import Environment
from provodka.flows.standing import Served
from provodka.flows.up import run
from provodka.foundation.i18n import _

__all__ = ["show_pages"]


def show_pages(environment: Environment, stage: Stage) -> None:
    """Serve a demonstration's company, without schedules, until told to stop; say where."""
    run(environment, prefect=False, sandbox=True, stage=stage, ready=_say)


def _say(served: Served) -> None:
    lines = [
        "",
        _("Откройте «Обзор» в браузере; ссылка впускает один раз, полчаса:"),
        f"   {served.link or served.web}",
        _("Остановить: Ctrl-C"),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
