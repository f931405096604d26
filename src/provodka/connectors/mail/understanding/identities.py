"""Which letter this is, which it answers, and when it says it was written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

__all__ = ["SENSIBLE_YEARS", "in_brackets", "message_ids", "thread_key", "written_at"]

MOST_REFERENCES = 200
SENSIBLE_YEARS = range(1970, 2200)
IN_BRACKETS = re.compile(r"<\s*([^<>]{1,900}?)\s*>")
BARE = re.compile(r"[^\s<>,;\"]{1,450}@[^\s<>,;\"]{1,450}")
RUSSIAN_ZONE = re.compile(r"\bMSK\b")
ZONE = re.compile(r"[+-]\d\d:?\d\d\b|\b[A-Z]{1,4}\s*(?:\(.*)?$")
SPACES = re.compile(r"\s+")


def message_ids(text: str) -> tuple[str, ...]:
    """The Message-IDs of a header in their order, each once and in angle brackets.

    Clients fold within an identifier, and leave the brackets out: both are mended. Of very
    many the first and the latest are kept.
    """
    found = [f"<{SPACES.sub('', one)}>" for one in IN_BRACKETS.findall(text)]
    if not found:
        found = [f"<{one}>" for one in BARE.findall(text)]
    once = list(dict.fromkeys(found))
    if len(once) > MOST_REFERENCES:
        once = [once[0], *once[1 - MOST_REFERENCES :]]
    return tuple(once)


def in_brackets(text: str) -> str:
    """A letter's own Message-ID; one without brackets or @ is taken as it is."""
    found = message_ids(text)
    if found:
        return found[0]
    bare = SPACES.sub("", text).strip("<>")[:900]
    return f"<{bare}>" if bare else ""


def thread_key(own: str, in_reply_to: str, references: tuple[str, ...], content_hash: str) -> str:
    """The first letter of the thread as far as it is known (RFC 5322 §3.6.4), else the hash."""
    return next(filter(None, (*references[:1], in_reply_to, own)), content_hash)


def written_at(text: str) -> tuple[datetime | None, str]:
    """The Date header, aware, and a problem's slug; a time without a zone is taken as UTC."""
    if not text:
        return None, "no_date"
    try:
        fields = parsedate_tz(RUSSIAN_ZONE.sub("+0300", text[:120]))
        if fields is None:
            return _written_otherwise(text)
        zone, problem = UTC, ""
        if fields[9]:
            zone = timezone(timedelta(seconds=fields[9]))
        elif not ZONE.search(text):
            problem = "date_without_zone"
        return _sensible(datetime(*fields[:6], tzinfo=zone)), problem
    except (ValueError, TypeError, OverflowError, IndexError):
        return None, "bad_date"


def _written_otherwise(text: str) -> tuple[datetime | None, str]:
    read = datetime.fromisoformat(text.strip()[:40])
    if read.tzinfo is None:
        return _sensible(read.replace(tzinfo=UTC)), "date_without_zone"
    return _sensible(read), ""


def _sensible(read: datetime) -> datetime:
    """The date itself; a letter from before there were any is an error of its program."""
    if read.year not in SENSIBLE_YEARS:
        raise ValueError(read.year)
    return read
