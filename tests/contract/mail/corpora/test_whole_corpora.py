"""The whole corpora, where a folder of them is at hand: `PROVODKA_CORPORA` names it.

Its folders: ``sisimai_bounces`` (sisimai/set-of-emails), ``imap_tools``, ``php_imap``, ``talon``.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from provodka.connectors.mail.understanding import Kind, read_letter

CORPORA = Path(os.environ.get("PROVODKA_CORPORA", "nowhere"))
# RFC 3834 answers and a report of success lie among the bounces; bounces among the rest.
NO_BOUNCES = ("rfc3834-", "rfc3464-28")
BOUNCES = {
    "example_bounce.eml",
    "issue-462.eml",
    "rb-issue-368-bug.eml",
    "raw_email_with_mimepart_without_content_type.eml",
    *(f"multi_address_bounce{number}.eml" for number in (1, 2)),
    "multipart_report_multiple_status.eml",
    "report_422.eml",
    "report_530.eml",
}
LONGEST = 1.0

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason="PROVODKA_CORPORA names no folder with corpora"
)


def kinds(paths: list[Path]) -> dict[Path, Kind]:
    found = {}
    for path in paths:
        begun = time.process_time()
        found[path] = read_letter(path).kind
        assert time.process_time() - begun <= LONGEST, path
    return found


def test_the_whole_bounce_set_is_known_to_nineteen_of_twenty() -> None:
    folder = CORPORA / "sisimai_bounces/maildir/bsd"
    expected = [path for path in folder.glob("*.eml") if not path.name.startswith(NO_BOUNCES)]
    found = kinds(expected)

    known = sum(1 for kind in found.values() if kind is Kind.BOUNCE)
    assert known >= 0.95 * len(expected) > 0


def test_hardly_any_other_letter_is_taken_for_a_bounce() -> None:
    folders = ("sisimai_bounces/maildir/not", "imap_tools", "php_imap", "talon")
    rest = [path for folder in folders for path in (CORPORA / folder).rglob("*.eml")]
    found = kinds([path for path in rest if path.name not in BOUNCES])

    mistaken = [path.name for path, kind in found.items() if kind is Kind.BOUNCE]
    assert len(mistaken) <= 0.01 * len(found), mistaken
