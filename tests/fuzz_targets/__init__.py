"""Readers of foreign bytes as coverage-guided fuzz targets: bytes in, nothing out but answers and our own errors."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
"""A directory for each target, of the inputs that once failed and of a few that reach far."""

NAMES = ("wire", "requests", "recordings", "elf", "binary", "plan")


@dataclass(frozen=True)
class Target:
    """What is fuzzed.

    Attributes:
        name: one of NAMES.
        run: reads the bytes; raises whatever its reader must not.
        seeds: good inputs to begin with, made of golden vectors and of programs that are built.
        longest: bytes of an input.
    """

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    longest: int = 1 << 14


def target(name: str) -> Target:
    """The target of that name; its module is imported now and not before, so that it can be instrumented."""
    module = {"requests": "wire", "binary": "elf", "plan": "elf"}.get(name, name)
    found: Target = getattr(importlib.import_module(f"{__name__}.{module}"), name.upper())
    return found


def kept(name: str) -> list[Path]:
    """The inputs of a target that are part of the repository."""
    return sorted(path for path in (CORPUS / name).glob("*") if path.is_file())
