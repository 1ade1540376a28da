"""speedscope's file format (www.speedscope.app/file-format-schema.json), a profile by bytes and one by objects."""

from __future__ import annotations

from typing import Any

from gotop.export.profile import Profile
from gotop.export.registry import Selection, of_profile, register
from gotop.model.values import Frame
from gotop.printable import as_json

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def make(profile: Profile, _: Selection) -> bytes:
    """Return all stacks, heaviest first; the type is the innermost frame."""
    frames: dict[Frame, int] = {}
    samples, sizes, counts = [], [], []
    for stack in profile.stacks:
        leaf = [Frame(stack.site.type, "", 0, False)] if stack.site.type else []
        outward = [*reversed(stack.frames), *leaf]
        samples.append([frames.setdefault(frame, len(frames)) for frame in outward])
        sizes.append(stack.bytes)
        counts.append(stack.allocs)
    name = profile.name or "gotop"
    profiles = [_profile("bytes", "bytes", samples, sizes), _profile("objects", "none", samples, counts)]
    found: dict[str, Any] = {
        "$schema": _SCHEMA, "name": name, "exporter": "gotop", "profiles": profiles,
        "shared": {"frames": list(map(_frame, frames))},
    }  # fmt: skip
    return as_json(found).encode()


def _frame(frame: Frame) -> dict[str, Any]:
    if not frame.file:
        return {"name": frame.function}
    return {"name": frame.function, "file": frame.file, "line": frame.line}


def _profile(name: str, unit: str, samples: list[list[int]], weights: list[int]) -> dict[str, Any]:
    return {
        "type": "sampled", "name": name, "unit": unit, "startValue": 0, "endValue": sum(weights), "samples": samples,
        "weights": weights,
    }  # fmt: skip


register(of_profile("speedscope", "a profile for speedscope.app", "speedscope.json", make))
