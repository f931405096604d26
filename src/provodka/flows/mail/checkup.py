"""Is a mailbox in order: reachable, entered, its folders there, what its server can do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from provodka.connectors.mail.imap.folder import described
from provodka.connectors.mail.imap.session import ImapSession
from provodka.connectors.mail.servers import Security
from provodka.flows.insight.checked import Finding, good
from provodka.flows.mail.boxes import Box
from provodka.flows.mail.folders import Reading, load
from provodka.flows.mail.pulling import folders_of
from provodka.foundation.i18n import _

__all__ = ["check_mailbox"]

AHEAD = timedelta(minutes=5)


def check_mailbox(engine: Engine, box: Box, now: datetime) -> Iterator[Finding]:
    """Ask the server; changes nothing there. Raises what the connection raises."""
    area = f"mail:{box.name}"
    with ImapSession(box.account) as session:
        told = _("{where} отвечает, вход выполнен, новое узнается {how}")
        yield good(area, told.format(where=session.where, how=_how(session)))
        folders = folders_of(session, box)
        for name, _role in folders:
            with engine.connect() as connection:
                reading = load(connection, box.name, name)
            yield from _folder(area, session, name, reading, now)
    if not any(role == "sent" for _name, role in folders):
        yield Finding(
            area,
            "warning",
            _("папка «Отправленные» не найдена"),
            "no_sent_folder",
            next_step=_("назовите ее в sent_folder, иначе письма сотрудников не попадут в историю"),
        )
    if box.account.security is Security.PLAIN:
        yield Finding(
            area,
            "warning",
            _("{where} не шифрует соединение").format(where=box.account.where),
            "imap_plain",
            next_step=_("поставьте security: tls или starttls, если сервер умеет"),
        )


def _how(session: ImapSession) -> str:
    if "QRESYNC" in session.capabilities:
        return _("быстро (QRESYNC)")
    if "CONDSTORE" in session.capabilities:
        return _("быстро (CONDSTORE), удаления при сверке")
    return _("по номерам писем, пометки и удаления при сверке")


def _folder(
    area: str, session: ImapSession, name: str, reading: Reading | None, now: datetime
) -> Iterator[Finding]:
    opened = session.open(name)
    told = _("папка «{folder}»: писем {count}, {read}").format(
        folder=name, count=opened.exists, read=_read(reading, opened.uid_next)
    )
    yield good(area, told)
    newest = described(session, [opened.uid_next - 1]) if opened.exists else []
    ahead = [one.received - now for one in newest if one.received]
    if ahead and ahead[0] > AHEAD:
        yield Finding(
            area,
            "warning",
            _("часы почтового сервера спешат на {minutes} мин").format(
                minutes=ahead[0] // timedelta(minutes=1)
            ),
            "mail_clock",
            next_step=_("сверьте часы этого компьютера и сервера"),
        )


def _read(reading: Reading | None, uid_next: int) -> str:
    if reading is None:
        return _("еще не читалась")
    waiting = max(0, uid_next - 1 - reading.last_uid)
    at = f"{reading.read_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return _("прочитана {at}, новых номеров {waiting}").format(at=at, waiting=waiting)
