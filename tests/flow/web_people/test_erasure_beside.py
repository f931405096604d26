"""What lies beside the store: archives of the journal, files of letters, what is given out."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import zipfile
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, text
from tests.flow.web_people.erasure_desk import erased, one
from tests.flow.web_people.planted import (
    EMAIL,
    NAME,
    OLD_PHONE,
    PHONE,
    SAID,
    TRACES,
    person,
)

from provodka.connectors.crm_store.people_subject import by_client
from provodka.flows.hub import Hub
from provodka.flows.people.erasing import erase
from provodka.flows.people.exporting import export


def test_archived_months_are_rewritten_without_the_person(erasing: Hub, tmp_path: Path) -> None:
    file = tmp_path / "2026-01.csv.gz"
    with erasing.engine.begin() as connection:
        client = person(connection)
        archive(file, client)
        connection.execute(
            text(
                "INSERT INTO hub.delta_month (month, file, dropped_at)"
                " VALUES ('2026-01-01', :file, now()) ON CONFLICT (month) DO UPDATE"
                " SET file = excluded.file, dropped_at = excluded.dropped_at"
            ),
            {"file": str(file)},
        )
    before = file.read_bytes()
    with erasing.engine.connect() as connection:
        subject = by_client(connection, client)
    assert erase(erasing, subject, by="anna").counts["archives"] == 2
    assert file.read_bytes() == before
    erased(erasing, client)
    with gzip.open(file, "rt", encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert not TRACES.search(str(rows))
    assert json.loads(rows[0]["after"])["name"] == "стерто"
    assert rows[2]["after"] == '{"amount":1234.50,"name":"Петр"}'


def archive(file: Path, client: UUID) -> None:
    """A month of three changes: hers, one that mentions her, one of somebody else."""
    names = ("id", "xid", "at", "kind", "document", "part", "op", "before", "after", "origin")
    hers = json.dumps({"name": NAME, "phone": "1"}, ensure_ascii=False)
    rows = [
        (1, 1, "2026-01-01", "client", client, "", "insert", "", hers, "onec"),
        (2, 1, "2026-01-01", "task", UUID(int=1), "", "insert", "", json.dumps({"s": SAID}), "x"),
        (
            3,
            1,
            "2026-01-01",
            "x",
            UUID(int=2),
            "",
            "insert",
            "",
            '{"amount":1234.50,"name":"Петр"}',
            "",
        ),
    ]
    with gzip.open(file, "wt", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(names)
        writer.writerows(rows)


def letter_with_file(connection: Connection, hub: Hub, client: UUID, content: bytes) -> Path:
    """A letter of the client with an attachment; where the content lies."""
    digest = hashlib.sha256(content).hexdigest()
    path = hub.home / "files" / digest[:2] / digest
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    message = one(
        connection,
        "INSERT INTO crm.message (client_id, direction, status) VALUES (:c, 'incoming', 'received')"
        " RETURNING id",
        c=client,
    )
    given = {"sha": digest, "size": len(content), "message": message}
    connection.execute(
        text(
            "INSERT INTO hub.file (sha256, size, content_type) VALUES (:sha, :size, 'text/plain')"
            " ON CONFLICT DO NOTHING"
        ),
        given,
    )
    connection.execute(
        text(
            "INSERT INTO hub.message_file (message_id, number, name, content_type, size, sha256)"
            " VALUES (:message, 1, '../../паспорт.txt', 'text/plain', :size, :sha)"
        ),
        given,
    )
    return path


def test_files_of_letters_go_unless_somebody_else_has_the_same(erasing: Hub) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        other = one(connection, "INSERT INTO crm.client (name) VALUES ('ООО «А»') RETURNING id")
        own = letter_with_file(connection, erasing, client, b"her own")
        both = letter_with_file(connection, erasing, client, b"a price list")
        letter_with_file(connection, erasing, other, b"a price list")
    assert erased(erasing, client).counts["files"] == 1
    assert (own.exists(), both.exists()) == (False, True)


def test_everything_that_is_held_is_given_to_the_person(erasing: Hub, tmp_path: Path) -> None:
    with erasing.engine.begin() as connection:
        client = person(connection)
        letter_with_file(connection, erasing, client, b"her own")
        subject = by_client(connection, client)
    target = tmp_path / "person.zip"
    counts = export(erasing, subject, target)
    assert target.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(target) as archive_:
        told = json.loads(archive_.read("person.json"))
        assert archive_.read("files/001-паспорт.txt") == b"her own"
        assert "README.txt" in archive_.namelist()
    assert told["held"]["client"][0]["name"] == NAME
    assert {row["after"]["phone"] for row in told["journal"] if row["kind"] == "client"} == {
        OLD_PHONE,
        PHONE,
    }
    assert told["found_by"]["emails"] == [EMAIL]
    assert counts["client"] == 1
