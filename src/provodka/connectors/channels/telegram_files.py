"""What people send a bot besides text: one file a message, by the id that it is fetched with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["LARGEST", "Enclosed", "enclosed_in"]

LARGEST = 20 * 1024 * 1024
"""The Bot API gives out no larger file (`getFile`)."""
USUAL = {
    "photo": ("photo.jpg", "image/jpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "document": ("file", "application/octet-stream"),
}
"""Names and types where the sender's program tells none."""


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of a message; `size` in bytes is what Telegram says, 0 if it says nothing.

    `name` is the sender's own and may be anything.
    """

    id: str
    name: str = field(repr=False)
    content_type: str
    size: int


def enclosed_in(message: Mapping[str, Any]) -> Enclosed | None:
    """The file of a message, if it has one: of a photo, its largest size."""
    kind = next((one for one in USUAL if message.get(one)), "")
    if not kind:
        return None
    told = message[kind]
    told = told[-1] if isinstance(told, list) else told
    if not isinstance(told, Mapping) or not isinstance(told.get("file_id"), str):
        return None
    name, content_type = USUAL[kind]
    size = told.get("file_size")
    return Enclosed(
        told["file_id"],
        str(told.get("file_name") or name),
        str(told.get("mime_type") or content_type)[:100],
        size if isinstance(size, int) else 0,
    )
