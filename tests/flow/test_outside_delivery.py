"""What rules say outside reaches its address signed, and a repeat is known by its key."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from provodka.connectors.channels.signed import SignedGateway
from provodka.connectors.crm_store import outbox
from provodka.connectors.signed_calls import SignedCalls, signature
from provodka.flows.deliver.channel_courier import ChannelCourier
from provodka.flows.deliver.loop import deliver
from provodka.flows.deliver.outside import WebhookCourier
from provodka.flows.deliver.texts import PhoneWriter
from provodka.foundation.errors import (
    AccessDenied,
    ProvodkaError,
    Refused,
    SystemUnavailable,
    UnknownOutcome,
)
from provodka.foundation.identifiers import uuid7

KEY = b"shared key"
NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)


@dataclass
class Listener:
    """An address of somebody else's: what came, and what it answers."""

    url: str = ""
    status: int = 200
    silent: int = 0
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.came]


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.came.append((dict(self.headers.items()), body))
            if heard.silent:
                heard.silent -= 1
                self.close_connection = True
                return
            self.send_response(heard.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/hooks/in?from=hub"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()


def calls(listener: Listener) -> SignedCalls:
    return SignedCalls("warehouse", listener.url, KEY)


def test_a_call_is_signed_over_its_time_and_body(listener: Listener) -> None:
    assert calls(listener).post({"имя": "значение"}, key="k|1", at=NOW) == 200
    [(headers, body)] = listener.came
    moment = str(int(NOW.timestamp()))
    digest = hmac.new(KEY, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Provodka-Signature"] == f"t={moment},v1={digest}"
    assert headers["Idempotency-Key"] == "k|1"
    assert json.loads(body) == {"имя": "значение"}


def test_another_body_key_or_time_makes_another_signature() -> None:
    told = signature(KEY, b"{}", NOW)
    assert len({told, signature(b"x", b"{}", NOW), signature(KEY, b"{ }", NOW)}) == 3
    assert told != signature(KEY, b"{}", NOW.replace(second=1))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused), (404, Refused), (302, Refused), (401, AccessDenied),
        (429, SystemUnavailable), (500, SystemUnavailable), (503, UnknownOutcome),
    ],
)  # fmt: skip
def test_an_answer_says_what_to_do_next(
    listener: Listener, status: int, error: type[ProvodkaError]
) -> None:
    listener.status = status
    with pytest.raises(error):
        calls(listener).post({}, key="k", at=NOW)


def queue(engine: Engine, target: str, document: UUID, payload: Any = None) -> None:
    with engine.begin() as connection:
        outbox.enqueue(connection, outbox.Intent("k|1", target, "call", "deal", document, payload))


def now_due(engine: Engine) -> None:
    """As if the waits after a failure were over."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE hub.outbox SET due_at = now() - interval '1 hour',"
                " intent_at = intent_at - interval '1 hour'"
            )
        )


def test_a_webhook_is_called_with_its_values(store: Engine, listener: Listener) -> None:
    document = uuid7()
    queue(store, "webhook:warehouse", document, {"rule": "r", "values": {"amount": "10.10"}})
    courier = WebhookCourier("webhook:warehouse", calls(listener), lambda: NOW)
    assert deliver(store, courier) == {"delivered": 1}
    [said] = listener.said
    assert said == {
        "key": "k|1", "kind": "deal", "document": str(document), "rule": "r",
        "values": {"amount": "10.10"},
    }  # fmt: skip
    assert deliver(store, courier) == {}


def test_a_call_whose_answer_was_lost_is_repeated_under_the_same_key(
    store: Engine, listener: Listener
) -> None:
    listener.silent = 1
    queue(store, "webhook:warehouse", uuid7())
    courier = WebhookCourier("webhook:warehouse", calls(listener), lambda: NOW)
    assert deliver(store, courier) == {"postponed": 1}
    now_due(store)
    assert deliver(store, courier) == {"delivered": 1}
    assert {headers["Idempotency-Key"] for headers, _body in listener.came} == {"k|1"}
    assert len(listener.came) == 2


@pytest.mark.requirement("R52", "R71")
@pytest.mark.parametrize(("status", "state"), [(200, "sent"), (400, "failed")])
def test_a_message_goes_to_the_gateway_of_its_channel_and_its_row_tells(
    store: Engine, listener: Listener, status: int, state: str
) -> None:
    listener.status = status
    key = uuid7()
    with store.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO crm.message (id, channel, recipient, text)"
                " VALUES (:id, 'sms', '+79990000001', 'Заказ в пути')"
            ),
            {"id": key},
        )
    queue(store, "sms", key)
    gateway = SignedGateway("sms", calls(listener), lambda: NOW)
    deliver(store, ChannelCourier("sms", gateway, PhoneWriter(), store, lambda: NOW))
    [said] = listener.said
    assert (said["to"], said["text"], said["channel"]) == ("+79990000001", "Заказ в пути", "sms")
    with store.connect() as connection:
        row = connection.execute(text("SELECT status, sent_at FROM crm.message")).one()
    assert (row.status, row.sent_at is not None) == (state, state == "sent")
