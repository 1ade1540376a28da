"""Functions, files, lines, inlining and types against runtime.CallersFrames and reflect, for each allocation."""

from pathlib import Path

import pytest

from tests import toolchains
from tests.exactness.monitored import monitor
from tests.exactness.seen import compare


@pytest.mark.parametrize("variant", ["plain", "pie", "stripped", "stripped-pie"])
@pytest.mark.parametrize("version", toolchains.PINNED)
def test_frames_and_types_are_the_runtimes_own(version: str, variant: str, tmp_path: Path) -> None:
    binary, seen = toolchains.build("callers", version, variant), tmp_path / "seen.json"
    compare(monitor(binary, "-out", str(seen), statement=seen), 60)
