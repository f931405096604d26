"""`python -m provodka.flows.web_process`: the door as a process of its own, until told to stop."""

from __future__ import annotations

import argparse
import gc
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from sqlalchemy.engine import make_url

from provodka.connectors.crm_store.engine import open_engine
from provodka.connectors.crm_store.inbox_writer import PAUSE_SECONDS, InboxWriter
from provodka.dashboards.web.app import create_app
from provodka.dashboards.web.door import Inbox
from provodka.dashboards.web.house import House
from provodka.dashboards.web.patient import patient
from provodka.flows.hub import Hub, database_url, require_schema
from provodka.flows.inbox.composing import door_of, require_web
from provodka.flows.pages.composing import house_of
from provodka.flows.ports import free_port
from provodka.flows.settings import Environment, HubSettings, Web, load_settings
from provodka.flows.web_child import USUAL_PORT
from provodka.foundation.errors import ConfigurationError
from provodka.foundation.i18n import _
from provodka.foundation.logs import configure_logs

__all__ = ["WebServer", "main", "serve", "server_of"]

log = structlog.get_logger("provodka.web")
LARGEST_HEAD = 32 * 1024
KEEP_ALIVE_SECONDS = 30
LAST_WORDS_SECONDS = 5
WAITING = 2048
READERS = 10
"""Connections to the store for pages; readers beyond them wait their turn."""
SHORT = {"jit": "off"}
"""A page's statements are over before a compiler would have paid."""


class WebServer(uvicorn.Server):
    """Stops when asked by a signal, and leaves nothing of the signal behind."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Heed SIGINT and SIGTERM, in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    environment: Environment,
    ready: Callable[[str], None] = lambda _address: None,
    *,
    port: int | None = None,
    prefect: str | None = None,
) -> int:
    """Serve until told to stop; `ready` is told the address. Returns the exit code 0.

    `port` is the one to listen on where `hub.yaml` names none; `prefect` the address of Prefect's
    pages. Raises `ConfigurationError` if the settings switch the door off or its port is taken.
    """
    settings, source = load_settings(environment.config)
    web = require_web(settings, source)
    url = database_url(environment)
    engine = open_engine(url, name="provodka-web", pool_size=READERS, settings=SHORT)
    try:
        require_schema(engine)
        hub = Hub(settings, source, environment.home, engine, None, None, None)
        house = house_of(hub, prefect=prefect)
        with _listening(web, port) as listener:
            host, port = listener.getsockname()[:2]
            log.info("door_open", host=host, port=port)
            ready(f"http://{host}:{port}")
            server_of(settings, web, url, house=house).run(sockets=[listener])
    finally:
        engine.dispose()
    log.info("door_closed")
    return 0


def server_of(
    settings: HubSettings,
    web: Web,
    url: str,
    *,
    pause: float = PAUSE_SECONDS,
    house: House | None = None,
) -> WebServer:
    """The server of a door whose arrivals go into the store at `url`, and of the pages behind."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Inbox]:
        inbox = InboxWriter(address, pause=pause)
        inbox.start()
        try:
            yield inbox
        finally:
            await inbox.stop()

    return WebServer(
        uvicorn.Config(
            create_app(door_of(settings, web), opened, house),
            loop="asyncio",
            http=patient(web.request_seconds),
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(web.trusted_proxies),
            forwarded_allow_ips=list(web.trusted_proxies),
            limit_concurrency=web.connections,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=LAST_WORDS_SECONDS,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
    )


@contextmanager
def _listening(web: Web, port: int | None) -> Iterator[socket.socket]:
    chosen = web.port or port or free_port(USUAL_PORT, web.host)
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((web.host, chosen))
        except OSError as error:
            raise ConfigurationError(
                _("Вход по HTTP, {host}:{port}").format(host=web.host, port=chosen),
                found=_("адрес занят или чужой: {said}").format(said=error.strerror),
                expected=_("свободный порт на этом компьютере"),
                next_step=_("измените web.host или web.port в hub.yaml"),
                code="port_taken",
            ) from error
        listener.listen(WAITING)
        listener.set_inheritable(False)
        yield listener


def main(arguments: Sequence[str] | None = None) -> None:
    """The process's entry."""
    configure_logs(human=False)
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--prefect")
    given = parser.parse_args(arguments)

    def settle(_address: str) -> None:
        # What was loaded stays: to look through it again and again holds up every page.
        gc.freeze()

    sys.exit(serve(Environment(), settle, port=given.port, prefect=given.prefect))


if __name__ == "__main__":
    main()
