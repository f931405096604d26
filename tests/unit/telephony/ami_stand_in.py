"""A manager interface to talk to: greets, checks the password, says what the test tells it to."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

GREETING = b"Asterisk Call Manager/5.0.2\r\n"
CHALLENGE = "840415273"
SECRET = "fictitious"


class StandIn:
    """Listens on a port of its own; every request it hears is in `heard`."""

    def __init__(self, secret: str = SECRET, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.secret = secret
        self.heard: list[Mapping[str, str]] = []
        self.logins = 0
        self.answers: dict[str, bytes | None] = {}
        self.logged_in = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def say(self, *messages: Mapping[str, str]) -> None:
        """Send events to whoever has logged in last."""
        self.send(b"".join(rendered(one) for one in messages))

    def send(self, data: bytes) -> None:
        """Send raw bytes."""
        self._open[-1].sendall(data)

    def cut(self) -> None:
        """Break the connection, as a restart of Asterisk does."""
        self.logged_in.clear()
        with suppress(OSError):
            self._open[-1].shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening."""
        for one in (*self._open, self._server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self._server.accept()
                if self.tls is not None:
                    connection = self.tls.wrap_socket(
                        connection, server_side=True, do_handshake_on_connect=False
                    )
                self._open.append(connection)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        rest = b""
        with suppress(OSError):
            connection.sendall(GREETING)
            while data := connection.recv(4096):
                *asked, rest = (rest + data).split(b"\r\n\r\n")
                for request in asked:
                    self._answer(connection, request)

    def _answer(self, connection: socket.socket, request: bytes) -> None:
        lines = (line.partition(": ") for line in request.decode().split("\r\n"))
        fields = {name: value for name, _colon, value in lines}
        self.heard.append(fields)
        action = fields["Action"]
        if action in self.answers:
            answer = self.answers[action]
            if answer is None:
                connection.close()
            else:
                connection.sendall(answer % fields["ActionID"].encode())
            return
        said = {"Response": "Success", "ActionID": fields["ActionID"]}
        if action == "Challenge":
            said["Challenge"] = CHALLENGE
        if action == "Login":
            expected = hashlib.md5(
                (CHALLENGE + self.secret).encode(), usedforsecurity=False
            ).hexdigest()
            right = fields["Key"] == expected
            said |= {} if right else {"Response": "Error", "Message": "Authentication failed"}
            self.logins += right
        connection.sendall(rendered(said))
        if action == "Login" and said["Response"] == "Success":
            self.logged_in.set()


def rendered(message: Mapping[str, str]) -> bytes:
    """A message as Asterisk writes it."""
    return "".join(f"{name}: {value}\r\n" for name, value in message.items()).encode() + b"\r\n"


@contextmanager
def stand_in(secret: str = SECRET, tls: ssl.SSLContext | None = None) -> Iterator[StandIn]:
    """A manager interface for the block."""
    server = StandIn(secret, tls)
    try:
        yield server
    finally:
        server.close()


def incoming_call(key: str = "1700000000.10", number: str = "89990000001") -> list[dict[str, str]]:
    """A client calls, two telephones ring, the second one answers, the client hangs up."""
    of_call = {"Linkedid": key}
    trunk = {"Channel": "PJSIP/trunk-0000000a", "Uniqueid": key, **of_call}
    return [
        {"Event": "Newchannel", **trunk, "CallerIDNum": number, "Exten": "84950000012"},
        *(
            {
                "Event": "DialBegin",
                **trunk,
                "DestChannel": f"PJSIP/{extension}-0000000{place}",
                "DestUniqueid": f"1700000000.1{place}",
                "DialString": f"{extension}/sip:{extension}@192.0.2.7",
            }
            for place, extension in enumerate(("101", "102"), 1)
        ),
        {
            "Event": "BridgeEnter",
            "Channel": "PJSIP/102-00000002",
            "Uniqueid": "1700000000.12",
            **of_call,
        },
        {"Event": "BridgeEnter", **trunk},
        {
            "Event": "Hangup",
            "Channel": "PJSIP/102-00000002",
            "Uniqueid": "1700000000.12",
            **of_call,
        },
        {"Event": "Hangup", **trunk, "Cause": "16"},
    ]
