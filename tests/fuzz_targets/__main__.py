"""One target under atheris: `python -m tests.fuzz_targets wire CORPUS… -max_total_time=60`; options are libFuzzer's."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

from tests.fuzz_targets import CORPUS, NAMES, target
from tests.fuzzing import bounded


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        raise SystemExit(f"python -m tests.fuzz_targets {'|'.join(NAMES)} [CORPUS…] [-libFuzzer=option…]")
    name, options = sys.argv[1], sys.argv[2:]
    with atheris.instrument_imports(include=["gotop", "elftools"]):
        chosen = target(name)

    def one(data: bytes) -> None:
        with bounded(cpu_s=30):
            chosen.run(data)

    with tempfile.TemporaryDirectory(prefix="gotop-seeds-") as seeds:
        for number, seed in enumerate(chosen.seeds()):
            (Path(seeds) / f"{number:04}").write_bytes(seed)
        # The first directory is where libFuzzer adds what it finds: never the repository's or the seeds'.
        if not any(not option.startswith("-") for option in options):
            options.append(tempfile.mkdtemp(prefix=f"gotop-fuzz-{name}-"))
        also = [str(CORPUS / name)] if (CORPUS / name).is_dir() else []
        # Long inputs from the beginning: the slow targets would not live to see them.
        limits = [f"-max_len={chosen.longest}", "-len_control=0"]
        atheris.Setup([sys.argv[0], *limits, *options, *also, seeds], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
