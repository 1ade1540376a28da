"""Entries of a directory that only its user can change."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gotop.agent.private_directory import PrivateDirectory, UnsafeDirectory, may_hold_private


def private(tmp_path: Path) -> PrivateDirectory:
    return PrivateDirectory(tmp_path / "place", "its things", "record.json")


def test_entries_with_their_records(tmp_path: Path) -> None:
    with private(tmp_path) as store:
        path = store.make("one")
        assert path == tmp_path / "place/one" and path.stat().st_mode & 0o777 == 0o700
        assert store.read("one") is None
        store.write("one", {"pid": 7})
        store.write("one", {"pid": 8})
        assert store.read("one") == {"pid": 8}
        assert [file.name for file in path.iterdir()] == ["record.json"], "nothing of the writing is left"
        assert store.names() == ["one"]
        assert store.age("one", time.time() + 100) >= 90 and store.age("nobody", time.time()) == 0
        store.remove("one")
        assert store.names() == [] and not path.exists()


@pytest.mark.parametrize("name", ["", ".", "..", "../outside", "link", "file"])
def test_nothing_but_its_own_directories_is_removed_or_read(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "record.json").write_text("{}")
    with private(tmp_path) as store:
        (store.place / "link").symlink_to(outside)
        (store.place / "file").touch()
        store.remove(name)
        assert store.names() == []
        assert outside.is_dir() and (store.place / "file").exists()
        assert name not in ("link", "file") or store.read(name) is None


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff", b"[" * 70_000])
def test_what_is_no_record_is_none(tmp_path: Path, content: bytes) -> None:
    with private(tmp_path) as store:
        (store.make("one") / "record.json").write_bytes(content)
        assert store.read("one") is None


def test_a_place_that_others_may_read_is_closed_and_one_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir(mode=0o755)
    with private(tmp_path) as store:
        assert store.place.stat().st_mode & 0o777 == 0o700
    (tmp_path / "other").symlink_to(tmp_path / "place")
    with pytest.raises(UnsafeDirectory, match="not a directory: gotop keeps its things there"):
        PrivateDirectory(tmp_path / "other", "its things", "record.json")
    with pytest.raises(UnsafeDirectory, match="cannot be made"):
        PrivateDirectory(tmp_path / "no/such", "its things", "record.json")


def test_where_others_may_replace_things_nothing_is_private(tmp_path: Path) -> None:
    place = tmp_path / "base"
    place.mkdir(mode=0o700)
    trusted = may_hold_private(tmp_path)
    assert may_hold_private(place) == trusted
    place.chmod(0o777)
    assert not may_hold_private(place)
    place.chmod(0o1777)
    assert may_hold_private(place) == trusted
    assert not may_hold_private(place / "nothing")
