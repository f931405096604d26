"""What a person deletes here goes to 1C; if it was changed there, a person is asked."""

from __future__ import annotations

from typing import Any

import pytest
from tests.e2e.company import Company, run, settle
from tests.e2e.neighbours import CLIENTS, Neighbours

from provodka.flows.hub import Hub
from provodka.flows.onec.resolving import resolve
from provodka.foundation.errors import DocumentError

Buyer = Any


class Client:
    """One client of both sides, and what either does to it."""

    def __init__(self, hub: Hub, company: Company, sandbox: Neighbours) -> None:
        self.hub, self.company, self.sandbox = hub, company, sandbox
        self.id = company.buyers[0].id
        query = "SELECT external_key FROM hub.binding WHERE document = :k"
        self.ref = str(company.value(query, k=self.id))

    def delete(self) -> None:
        self.company.execute("UPDATE crm.client SET deleted_at = now() WHERE id = :k", k=self.id)

    def undelete(self) -> None:
        self.company.execute("UPDATE crm.client SET deleted_at = NULL WHERE id = :k", k=self.id)

    def patch(self, **values: Any) -> None:
        self.sandbox.patch(CLIENTS, self.ref, **values)

    @property
    def deleted(self) -> tuple[bool, bool]:
        """Here, and there."""
        query = "SELECT deleted_at IS NOT NULL FROM crm.client WHERE id = :k"
        [row] = self.sandbox.rows(CLIENTS, f"Ref_Key eq guid'{self.ref}'")
        return bool(self.company.value(query, k=self.id)), bool(row["DeletionMark"])

    def pull(self) -> None:
        run(self.hub, "catalogs")

    def everything(self) -> None:
        for _round in range(2):
            self.pull()
            settle(self.hub, 1)


@pytest.fixture
def client(hub: Hub, company: Company, sandbox: Neighbours) -> Client:
    return Client(hub, company, sandbox)


@pytest.mark.requirement("R6", "R28")
def test_deletions_and_undeletions_of_either_side_reach_the_other(client: Client) -> None:
    client.delete()
    client.patch(Комментарий="Пересохранен, а поля хаба те же")
    client.pull()
    assert client.deleted == (True, False)
    client.everything()
    assert client.deleted == (True, True)
    client.undelete()
    client.pull()
    assert client.deleted == (False, True)
    client.everything()
    assert client.deleted == (False, False)
    client.delete()
    client.everything()
    client.patch(DeletionMark=False)
    client.everything()
    assert client.deleted == (False, False)
    assert client.company.conflicts() == []


@pytest.mark.requirement("R6", "R89")
@pytest.mark.parametrize(
    ("first", "take", "after"), [("pull", "ours", True), ("push", "ours", True),
                                 ("push", "theirs", False)],
)  # fmt: skip
def test_a_deletion_here_of_what_was_changed_there_waits_for_a_person_and_never_returns(
    client: Client, first: str, take: Any, after: bool
) -> None:
    client.delete()
    client.patch(НаименованиеПолное="Переименован там")
    if first == "pull":
        client.pull()
    settle(client.hub, 1)
    client.everything()
    assert client.deleted == (True, False)
    [conflict] = client.company.conflicts()
    assert (conflict.field, conflict.ours, conflict.theirs) == ("deleted_at", True, False)
    with pytest.raises(DocumentError, match="пометка удаления"):
        resolve(client.hub, [conflict.id], "value", "Орлова", "да")
    [done] = resolve(client.hub, [conflict.id], take, "Орлова")
    assert (done.value, done.queued) == (after, after)
    client.everything()
    client.company.execute("UPDATE hub.binding SET external_version = NULL")
    client.everything()
    assert client.deleted == (after, after)
    assert client.company.conflicts() == []
    query = "SELECT full_name FROM crm.client WHERE id = :k"
    assert client.company.value(query, k=client.id) == "Переименован там"


def test_sides_that_come_to_the_same_mark_end_the_dispute(client: Client) -> None:
    client.delete()
    client.patch(НаименованиеПолное="Переименован там")
    client.pull()
    client.patch(DeletionMark=True)
    client.everything()
    assert client.company.conflicts() == []
    assert client.deleted == (True, True)
    client.patch(DeletionMark=False)
    client.everything()
    assert client.deleted == (False, False)
