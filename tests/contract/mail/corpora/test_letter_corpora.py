"""Letters of real systems, copied here: what each of them is has been looked up by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from imap_tools import MailMessage

from provodka.connectors.mail.understanding import Kind, read_letter

DATA = Path(__file__).parents[3] / "data/mail"
BOUNCES = sorted((DATA / "bounces").glob("*.eml"))
LETTERS = sorted([*(DATA / "letters").glob("*.eml"), *(DATA / "oddities").glob("*.eml")])
REST = [*LETTERS, *(DATA / "not_bounces").glob("*.eml"), *(DATA / "quoting").glob("*.eml")]
# Two letters among the others are bounces themselves; one "bounce" tells of a success.
BOUNCES_AMONG_THE_REST = {"example_bounce.eml", "issue-462.eml"}
DELIVERED = {"rfc3464-28.eml"}
JUDGED = {
    "lhost-mailru-01.eml": ("5.1.1", True, 1),
    "lhost-mailru-02.eml": ("5.2.2", False, 1),
    "lhost-mailru-03.eml": ("5.2.2", True, 2),
    "lhost-mailru-04.eml": ("5.1.1", True, 1),
    "lhost-yandex-01.eml": ("5.1.1", True, 1),
    "lhost-yandex-02.eml": ("5.2.1", True, 2),
    "lhost-yandex-03.eml": ("4.4.1", False, 1),
    "lhost-exchange2007-01.eml": ("5.1.1", True, 1),
    "lhost-exchange2007-02.eml": ("5.2.2", False, 1),
    "lhost-exchange2007-03.eml": ("5.2.3", False, 1),
    "lhost-exchange2007-04.eml": ("5.7.1", False, 1),
    "lhost-exim-02.eml": ("5.1.1", True, 2),
    "lhost-exim-05.eml": ("5.1.1", True, 1),
    "lhost-postfix-04.eml": ("5.1.1", True, 1),
    "lhost-postfix-06.eml": ("5.4.4", True, 1),
    "lhost-postfix-13.eml": ("5.2.1", True, 2),
    "lhost-postfix-58.eml": ("5.7.1", False, 1),
    "lhost-postfix-63.eml": ("5.2.2", False, 1),
    "lhost-qmail-02.eml": ("5.1.1", True, 2),
    "lhost-qmail-03.eml": ("5.7.1", False, 1),
    "lhost-qmail-06.eml": ("4.2.2", False, 1),
    "lhost-gmail-01.eml": ("5.1.1", True, 1),
    "lhost-gmail-04.eml": ("5.7.1", False, 1),
    "rfc3464-08.eml": ("5.7.1", False, 1),
    "rfc3464-26.eml": ("5.1.1", True, 1),
}


def test_ninety_five_bounces_of_a_hundred_are_known_and_one_other_letter_of_a_hundred_is_not() -> (
    None
):
    expected = [path for path in BOUNCES if path.name not in DELIVERED]
    known = [path for path in expected if read_letter(path).kind is Kind.BOUNCE]
    others = [path for path in REST if path.name not in BOUNCES_AMONG_THE_REST]
    mistaken = [path.name for path in others if read_letter(path).kind is Kind.BOUNCE]

    assert len(known) >= 0.95 * len(expected)
    assert len(mistaken) <= 0.01 * len(others), mistaken


@pytest.mark.parametrize("name", sorted(JUDGED))
def test_a_bounce_tells_its_code_whether_it_is_for_good_and_how_many_it_missed(name: str) -> None:
    bounce = read_letter(DATA / "bounces" / name).bounce

    assert bounce is not None
    assert (bounce.status, bounce.permanent, len(bounce.recipients)) == JUDGED[name]


def test_most_bounces_lead_back_to_the_letter_and_to_the_address() -> None:
    found = [bounce for path in BOUNCES if (bounce := read_letter(path).bounce)]

    assert sum(1 for bounce in found if bounce.original_id) >= 0.85 * len(found)
    named = [bounce for bounce in found if bounce.recipients and not bounce.complaint]
    plain = [bounce for bounce in found if not bounce.complaint]
    assert len(named) >= 0.95 * len(plain)


def test_a_report_of_success_is_a_receipt() -> None:
    letter = read_letter(DATA / "bounces/rfc3464-28.eml")

    assert letter.kind is Kind.RECEIPT
    assert letter.receipt is not None
    assert letter.receipt.disposition == "delivered"
    assert letter.receipt.original_id.startswith("<20151025071802.22CC")


@pytest.mark.parametrize("name", ["arf-01.eml", "arf-02.eml", "arf-22.eml"])
def test_a_complaint_of_spam_is_told_as_one(name: str) -> None:
    bounce = read_letter(DATA / "bounces" / name).bounce

    assert bounce is not None
    assert bounce.complaint


@pytest.mark.parametrize(
    "path", sorted((DATA / "auto_replies").glob("*.eml")), ids=lambda p: p.name
)
def test_an_answer_of_a_program_is_nobodys_word(path: Path) -> None:
    assert read_letter(path).kind is Kind.AUTO_REPLY


def test_a_letter_is_the_same_from_its_bytes_and_from_its_file() -> None:
    for path in (*BOUNCES[:20], *LETTERS):
        assert read_letter(path) == read_letter(path.read_bytes()), path.name


# Where the other reader differs, it was looked at: these letters it reads worse.
SUBJECT_BETTER = {
    "example13.eml",
    "example14.eml",
    "invalid_subject_characters.eml",
    "imap_mime_header_decode_returns_false.eml",
}


@pytest.mark.parametrize(
    "path",
    [path for path in LETTERS if path.name not in SUBJECT_BETTER],
    ids=lambda path: path.name,
)
def test_another_reader_sees_the_same_subject_and_first_sender(path: Path) -> None:
    letter, other = read_letter(path), MailMessage.from_bytes(path.read_bytes())

    assert letter.subject == " ".join(other.subject.split())
    if letter.sender and letter.sender.address:
        assert letter.sender.address.lower() in other.from_.lower()
    else:
        assert other.from_.count("@") == 0


def test_files_of_a_letter_are_those_that_another_reader_sees() -> None:
    whole = 0
    for path in LETTERS:
        letter, other = read_letter(path), MailMessage.from_bytes(path.read_bytes())
        ours = [(one.size, one.open().read()) for one in letter.attachments]
        theirs = [(one.size, one.payload) for one in other.attachments]
        if any(one.content_type.startswith("message/") for one in other.attachments):
            continue  # written anew by the other reader, not as they were sent
        whole += ours == theirs
        for size, content in ours:
            assert size == len(content)
    assert whole >= 70


def test_odd_names_of_files_stay_in_their_folder() -> None:
    named = read_letter(DATA / "oddities/issue-414.eml").attachments

    assert [one.name for one in named] == ["MyFile.txt", "foo"]
