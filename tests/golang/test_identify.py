"""Go programs told from others at a glance, against the thorough reader and against Go's own."""

import random
import struct
import sys
from pathlib import Path

import pytest

from gotop.golang.buildinfo import read_build_info
from gotop.golang.elf import ElfImage
from gotop.golang.identify import go_version_of
from tests import toolchains
from tests.golang.programs import VERSIONS, build


@pytest.mark.parametrize("variant", ["plain", "stripped-pie", "cgo"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_is_that_of_build_information(version: str, variant: str) -> None:
    binary = build("hello", version, variant)
    thorough = read_build_info(ElfImage.open(binary)).go_version.split(" ")[0]
    assert go_version_of(binary) == thorough == f"go{toolchains.full_version(version)}"


@pytest.mark.parametrize("variant", ["plain", "stripped-pie"])
def test_section_headers_are_not_needed(variant: str, tmp_path: Path) -> None:
    data = bytearray(build("hello", "1.26", variant).read_bytes())
    data[40:48] = bytes(8)  # e_shoff
    data[60:62] = bytes(2)  # e_shnum
    bare = tmp_path / "bare"
    bare.write_bytes(data)
    assert go_version_of(bare) == f"go{toolchains.full_version('1.26')}"


def test_a_program_without_build_information_is_go_all_the_same(tmp_path: Path) -> None:
    data = build("hello", "1.26").read_bytes().replace(b".go.buildinfo\0", b".no.buildinfo\0")
    (tmp_path / "silent").write_bytes(data)
    assert go_version_of(tmp_path / "silent") == ""


def test_what_is_no_go_program(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n")
    (tmp_path / "empty").touch()
    data = bytearray(build("hello", "1.26").read_bytes())
    (tmp_path / "cut").write_bytes(data[:50])
    struct.pack_into("<H", data, 18, 183)
    (tmp_path / "arm64").write_bytes(data)
    others = [
        sys.executable,
        "/proc/self/mem",
        tmp_path,
        *(tmp_path / n for n in ("script", "empty", "cut", "arm64", "none")),
    ]
    assert [go_version_of(path) for path in others] == [None] * len(others)


def test_damage_is_no_reason_to_raise(tmp_path: Path) -> None:
    whole = build("hello", "1.26").read_bytes()
    sections = int.from_bytes(whole[40:48], "little")
    chance = random.Random(1)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 20)):
            at = chance.choice((chance.randrange(64), sections + chance.randrange(1500)))
            data[at] = chance.randrange(256)
        (tmp_path / "damaged").write_bytes(data)
        assert isinstance(go_version_of(tmp_path / "damaged"), str | None)
