"""Another try for letters that were set aside: they are read from their mailboxes again."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from provodka.connectors.crm_store import quarantine
from provodka.connectors.mail.imap.folder import described
from provodka.connectors.mail.imap.session import ImapSession
from provodka.flows.hub import Hub
from provodka.flows.mail.boxes import named_box
from provodka.flows.mail.desks import taker_of
from provodka.flows.mail.folders import load
from provodka.flows.mail.pulling import folders_of

__all__ = ["replay_letters"]


def replay_letters(hub: Hub, stream: str, keys: Sequence[str]) -> Mapping[str, int]:
    """Read letters, by ``folder/UIDVALIDITY/UID``, once more; counts `tried` and `letters`.

    One that has left its folder meanwhile stays set aside.
    """
    box = named_box(hub, stream.partition(":")[2])
    wanted: dict[tuple[str, int], list[int]] = defaultdict(list)
    for key in keys:
        folder, number, uid = key.rsplit("/", 2)
        wanted[folder, int(number)].append(int(uid))
    counts: Counter[str] = Counter()
    with ImapSession(box.account) as session:
        roles = dict(folders_of(session, box))
        taker = taker_of(hub, box, session)
        for (folder, validity), uids in wanted.items():
            with hub.engine.connect() as connection:
                reading = load(connection, box.name, folder)
            opened = session.open(folder)
            if reading is None or folder not in roles or opened.uid_validity != validity:
                continue
            letters = described(session, uids)
            here = [f"{folder}/{validity}/{one.uid}" for one in letters]
            with hub.engine.begin() as connection:
                quarantine.heal(connection, stream, here)
            counts += taker.take(reading, roles[folder], letters)
            counts["tried"] += len(letters)
    return counts
