"""`python -m provodka.sandbox`: start the stand-ins and serve until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
from pathlib import Path

from provodka.sandbox.app import Sandbox
from provodka.sandbox.onec.schema import FILES
from provodka.sandbox.settings import CONFIGURATION, LOGIN, PASSWORD, TIMEZONE, Settings


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m provodka.sandbox",
        description="Песочница: учётная база, почта и телефония с вымышленной компанией внутри.",
        epilog="Пример: python -m provodka.sandbox --state .sandbox --seed 7",
    )
    add = parser.add_argument
    add("--state", type=Path, required=True, metavar="DIR", help="где хранить состояние")
    add("--seed", type=int, default=1, help="зерно компании (только для новой базы)")
    add("--onec-port", type=int, default=0, help="порт OData; 0 — прежний или любой свободный")
    add("--smtp-port", type=int, default=0, help="порт SMTP")
    add("--imap-port", type=int, default=0, help="порт IMAP")
    add("--login", default=LOGIN, help="имя пользователя базы и почты")
    add("--password", default=PASSWORD, help="пароль базы и почты")
    add("--no-pbx", dest="pbx", action="store_false", help="без телефонии")
    add("--calls-per-minute", type=float, default=0.0, help="сами по себе звонки, в минуту")
    add(
        "--configuration",
        choices=tuple(FILES),
        default=CONFIGURATION,
        help="конфигурация базы (только для новой базы)",
    )
    add("--timezone", default=TIMEZONE, help="часовой пояс базы и АТС")
    return parser


async def serve(settings: Settings) -> None:
    """Run a sandbox until SIGTERM or SIGINT; prints where it is when it is ready."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    sandbox = Sandbox(settings)
    try:
        about = await sandbox.start()
        print(json.dumps(about, ensure_ascii=False), flush=True)
        await stopped.wait()
    finally:
        await sandbox.stop()


def main() -> None:
    """Parse the command line and serve."""
    asyncio.run(serve(Settings(**vars(_arguments().parse_args()))))


if __name__ == "__main__":
    main()
