"""A small IMAP4rev1 server for one account with the folders INBOX and Sent (RFC 3501)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

from provodka.sandbox.mailbox.fetch import marks_seen, render_items, wanted_items
from provodka.sandbox.mailbox.grammar import Syntax, arguments, in_set
from provodka.sandbox.mailbox.search import compile_search
from provodka.sandbox.storage.letters import FOLDERS, Letter, Letters

_LITERAL = re.compile(r"\{(\d+)(\+?)\}$")
_BEFORE_LOGIN = "IMAP4rev1 AUTH=PLAIN"
_AFTER_LOGIN = "IMAP4rev1 IDLE UNSELECT CHILDREN SPECIAL-USE"
_ATTRIBUTES = {"INBOX": r"(\HasNoChildren)", "Sent": r"(\HasNoChildren \Sent)"}
_OPEN_COMMANDS = frozenset({"CAPABILITY", "NOOP", "LOGOUT", "LOGIN", "AUTHENTICATE"})
_FOLDER_COMMANDS = frozenset({"SEARCH", "FETCH", "STORE", "CLOSE", "UNSELECT", "CHECK", "EXPUNGE"})
_LINE_LIMIT = 1024 * 1024
_IDLE_POLL_SECONDS = 0.2
Handler = Callable[[str, bool], Awaitable[str]]


class _No(Exception):
    """A command that is understood and refused."""


class ImapServer:
    """Listens for mail readers."""

    def __init__(self, letters: Letters, credentials: tuple[str, str]) -> None:
        self._letters = letters
        self._credentials = credentials
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=_LINE_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Close the address and all connections."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await _Connection(reader, writer, self._letters, self._credentials).run()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ValueError):
            pass
        finally:
            with suppress(ConnectionError):
                writer.close()


class _Connection:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        letters: Letters,
        credentials: tuple[str, str],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._letters = letters
        self._credentials = credentials
        self._logged_in = False
        self._folder = ""
        self._read_only = True
        self._listed: list[Letter] = []
        self._tag = ""

    def _send(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")

    async def run(self) -> None:
        self._send(f"* OK [CAPABILITY {_BEFORE_LOGIN}] sandbox ready")
        while True:
            line = await self._line()
            self._tag, _, rest = line.partition(" ")
            name, _, text = rest.partition(" ")
            by_uid = name.upper() == "UID"
            if by_uid:
                name, _, text = text.partition(" ")
            await self._answer(name.upper(), text, by_uid)
            await self._writer.drain()
            if name.upper() == "LOGOUT":
                return

    async def _line(self) -> str:
        text = ""
        while True:
            part = (await self._reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "replace")
            match = _LITERAL.search(part)
            if match is None:
                return text + part
            if not match.group(2):
                self._send("+ go ahead")
            literal = await self._reader.readexactly(int(match.group(1)))
            value = literal.decode("utf-8", "replace").replace("\\", "\\\\").replace('"', '\\"')
            text += f'{part[: match.start()]}"{value}"'

    async def _answer(self, name: str, text: str, by_uid: bool) -> None:
        try:
            if name not in _OPEN_COMMANDS and not self._logged_in:
                raise Syntax("log in first")
            if name in _FOLDER_COMMANDS and not self._folder:
                raise Syntax("select a folder first")
            handler = getattr(self, f"_do_{name.lower()}", None)
            if handler is None:
                raise Syntax(f"unknown command {name}")
            done = await handler(text, by_uid)
        except _No as refusal:
            self._send(f"{self._tag} NO {refusal}")
        except (Syntax, IndexError) as error:
            self._send(f"{self._tag} BAD {error}")
        else:
            self._send(f"{self._tag} OK {done}")

    async def _do_capability(self, _text: str, _by_uid: bool) -> str:
        self._send(f"* CAPABILITY {_AFTER_LOGIN if self._logged_in else _BEFORE_LOGIN}")
        return "CAPABILITY completed"

    async def _do_noop(self, _text: str, _by_uid: bool) -> str:
        self._refresh()
        return "NOOP completed"

    _do_check = _do_noop

    async def _do_logout(self, _text: str, _by_uid: bool) -> str:
        self._send("* BYE see you")
        return "LOGOUT completed"

    async def _do_login(self, text: str, _by_uid: bool) -> str:
        given = arguments(text)
        return self._log_in(str(given[0]), str(given[1]))

    async def _do_authenticate(self, text: str, _by_uid: bool) -> str:
        mechanism, _, initial = text.partition(" ")
        if mechanism.upper() != "PLAIN":
            raise _No("unsupported mechanism")
        if not initial:
            self._send("+ ")
            initial = await self._line()
        try:
            _, login, password = base64.b64decode(initial).decode().split("\0")
        except (binascii.Error, ValueError):
            raise Syntax("bad response") from None
        return self._log_in(login, password)

    def _log_in(self, login: str, password: str) -> str:
        if (login, password) != self._credentials:
            raise _No("[AUTHENTICATIONFAILED] wrong login or password")
        self._logged_in = True
        return f"[CAPABILITY {_AFTER_LOGIN}] logged in"

    async def _do_list(self, text: str, _by_uid: bool) -> str:
        matcher = re.escape(str(arguments(text)[1])).replace(r"\*", ".*").replace("%", "[^/]*")
        for name in FOLDERS:
            if re.fullmatch(matcher, name, re.IGNORECASE):
                self._send(f'* LIST {_ATTRIBUTES[name]} "/" "{name}"')
        return "LIST completed"

    async def _do_select(self, text: str, _by_uid: bool) -> str:
        return self._open(text, read_only=False)

    async def _do_examine(self, text: str, _by_uid: bool) -> str:
        return self._open(text, read_only=True)

    def _open(self, text: str, *, read_only: bool) -> str:
        self._folder = ""
        self._folder = _folder(text)
        self._read_only = read_only
        self._listed = self._letters.listed(self._folder)
        self._send(r"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)")
        self._send(f"* {len(self._listed)} EXISTS")
        self._send("* 0 RECENT")
        self._send(f"* OK [UIDVALIDITY {self._letters.uid_validity}] UIDs valid")
        self._send(f"* OK [UIDNEXT {self._next_uid(self._listed)}] predicted next UID")
        return f"[READ-{'ONLY' if read_only else 'WRITE'}] selected"

    def _next_uid(self, listed: list[Letter]) -> int:
        return listed[-1].uid + 1 if listed else 1

    async def _do_status(self, text: str, _by_uid: bool) -> str:
        wanted = arguments(text)[1]
        folder = _folder(text)
        listed = self._letters.listed(folder)
        values = {
            "MESSAGES": len(listed),
            "RECENT": 0,
            "UIDNEXT": self._next_uid(listed),
            "UIDVALIDITY": self._letters.uid_validity,
            "UNSEEN": sum(r"\Seen" not in letter.flags for letter in listed),
        }
        items = [str(item).upper() for item in wanted] if isinstance(wanted, list) else []
        shown = " ".join(f"{item} {values[item]}" for item in items if item in values)
        self._send(f'* STATUS "{folder}" ({shown})')
        return "STATUS completed"

    async def _do_unselect(self, _text: str, _by_uid: bool) -> str:
        self._folder, self._listed = "", []
        return "folder closed"

    _do_close = _do_unselect

    async def _do_search(self, text: str, by_uid: bool) -> str:
        if by_uid:
            self._refresh()
        keys = arguments(text)
        if keys and str(keys[0]).upper() == "CHARSET":
            keys = keys[2:]
        test = compile_search(keys, self._largest(), len(self._listed))
        found = [
            str(letter.uid if by_uid else number)
            for number, letter in enumerate(self._listed, 1)
            if test(number, letter)
        ]
        self._send(" ".join(["* SEARCH", *found]))
        return "SEARCH completed"

    async def _do_fetch(self, text: str, by_uid: bool) -> str:
        if by_uid:
            self._refresh()
        given = arguments(text)
        items = wanted_items(given[1])
        for number, letter in self._chosen(str(given[0]), by_uid):
            shown = letter
            if marks_seen(items) and not self._read_only:
                shown = self._flag(number, {*letter.flags, r"\Seen"})
            self._writer.write(render_items(number, shown, items, with_uid=by_uid))
        return "FETCH completed"

    async def _do_store(self, text: str, by_uid: bool) -> str:
        if self._read_only:
            raise _No("the folder is read-only")
        given = arguments(text)
        action, names = str(given[1]).upper(), given[2]
        flags = {str(name) for name in names} if isinstance(names, list) else {str(names)}
        for number, letter in self._chosen(str(given[0]), by_uid):
            own = set(letter.flags)
            new = own | flags if action[0] == "+" else own - flags if action[0] == "-" else flags
            stored = self._flag(number, new)
            if not action.endswith(".SILENT"):
                line = render_items(number, stored, ["FLAGS"], with_uid=by_uid)
                self._writer.write(line)
        return "STORE completed"

    async def _do_idle(self, _text: str, _by_uid: bool) -> str:
        self._send("+ idling")
        await self._writer.drain()
        done = asyncio.ensure_future(self._line())
        while not done.done():
            await asyncio.wait({done}, timeout=_IDLE_POLL_SECONDS)
            self._refresh()
            await self._writer.drain()
        return "IDLE terminated"

    def _chosen(self, numbers: str, by_uid: bool) -> list[tuple[int, Letter]]:
        largest = self._largest() if by_uid else len(self._listed)
        return [
            (number, letter)
            for number, letter in enumerate(self._listed, 1)
            if in_set(letter.uid if by_uid else number, numbers, largest)
        ]

    def _largest(self) -> int:
        return self._listed[-1].uid if self._listed else 0

    def _flag(self, number: int, flags: set[str]) -> Letter:
        self._letters.set_flags(self._listed[number - 1].uid, tuple(sorted(flags)))
        self._listed = self._letters.listed(self._folder)
        return self._listed[number - 1]

    def _refresh(self) -> None:
        known = (len(self._listed), self._largest())
        if self._folder and self._letters.state(self._folder) != known:
            self._listed = self._letters.listed(self._folder)
            self._send(f"* {len(self._listed)} EXISTS")


def _folder(text: str) -> str:
    name = str(arguments(text)[0])
    for folder in FOLDERS:
        if name.casefold() == folder.casefold():
            return folder
    raise _No("[NONEXISTENT] no such folder")
