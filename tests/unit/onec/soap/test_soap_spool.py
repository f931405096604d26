"""A message half fetched, on disk: killed at any point, it goes on from what is certain."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from provodka.connectors.onec.enterprise_data.soap.spool import Progress, Spool


def begun(folder: Path) -> Spool:
    spool = Spool(folder, "база")
    spool.started("job", 1024)
    spool.ready("file", 3)
    return spool


def test_progress_survives_the_process(tmp_path: Path) -> None:
    begun(tmp_path).append(b"one")
    again = Spool(tmp_path, "база")
    assert again.progress == Progress("база", 1024, "job", "file", 3, (3,))
    assert not again.progress.complete


def test_parts_make_one_file(tmp_path: Path) -> None:
    begun(tmp_path).append(b"one")
    spool = Spool(tmp_path, "база")
    spool.append(b"two")
    spool.append(b"3")
    assert spool.progress.complete
    with spool.packed() as packed:
        assert packed.read() == b"onetwo3"


def test_a_part_that_was_written_but_not_noted_is_written_over(tmp_path: Path) -> None:
    begun(tmp_path).append(b"one")
    with (tmp_path / "message.zip").open("ab") as torn:
        torn.write(b"half a part and more")
    spool = Spool(tmp_path, "база")
    spool.append(b"two")
    with spool.packed() as packed:
        assert packed.read() == b"onetwo"


def test_a_note_whose_parts_are_gone_is_dropped(tmp_path: Path) -> None:
    begun(tmp_path).append(b"one")
    (tmp_path / "message.zip").write_bytes(b"o")
    assert Spool(tmp_path, "база").progress == Progress("база")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"source": "база"}',
        '{"source": "база", "part_bytes": 9, "parts": 1, "sizes": 5}',
        '{"source": "база", "part_bytes": 9, "parts": 1, "sizes": ["3"]}',
        '{"source": "база", "part_bytes": 9, "parts": 1, "sizes": [-3]}',
        '{"source": "база", "part_bytes": 2, "parts": 1, "sizes": [3]}',
        '{"source": "база", "part_bytes": 9, "parts": 1, "sizes": [1, 2]}',
        '{"source": "база", "part_bytes": 9, "parts": -1, "sizes": [3]}',
    ],
)
def test_a_damaged_note_is_dropped(tmp_path: Path, note: str) -> None:
    (tmp_path / "progress.json").write_text(note, encoding="utf-8")
    (tmp_path / "message.zip").write_bytes(b"one")
    assert Spool(tmp_path, "база").progress == Progress("база")


def test_a_message_of_another_base_is_dropped(tmp_path: Path) -> None:
    begun(tmp_path)
    assert Spool(tmp_path, "другая").progress == Progress("другая")


def test_a_new_message_starts_with_an_empty_file(tmp_path: Path) -> None:
    begun(tmp_path).append(b"a long part of an old message")
    spool = begun(tmp_path)
    spool.append(b"new")
    with spool.packed() as packed:
        assert packed.read() == b"new"


def test_a_cleared_spool_leaves_nothing_behind(tmp_path: Path) -> None:
    spool = begun(tmp_path)
    spool.append(b"one")
    spool.clear()
    spool.clear()
    assert list(tmp_path.iterdir()) == []
    assert spool.progress == Progress("база")


def test_only_the_owner_may_look_into_the_folder(tmp_path: Path) -> None:
    Spool(tmp_path / "in" / "spool", "база")
    assert stat.S_IMODE((tmp_path / "in" / "spool").stat().st_mode) == 0o700


def test_the_note_holds_no_more_than_progress(tmp_path: Path) -> None:
    begun(tmp_path)
    told = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    assert set(told) == {"source", "part_bytes", "operation_id", "file_id", "parts", "sizes"}
