"""The oracle is read right: a profile whose contents are known."""

from pathlib import Path

import pytest

from tests.exactness.pprof import ProfileError, Sample, parse

RAW = (Path(__file__).parent / "testdata" / "allocs.raw").read_text()


def test_samples_locations_and_inlined_frames() -> None:
    samples = parse(RAW)
    inlined = [sample for sample in samples if sample.stack[0][0] == "main.smallest"]
    assert inlined == [
        Sample(
            (
                ("main.smallest", "/src/profiled/main.go", 65),
                ("main.plainBytes", "/src/profiled/main.go", 70),
                ("main.work", "/src/profiled/main.go", 191),
                ("main.main", "/src/profiled/main.go", 241),
                ("runtime.main", "/go/src/runtime/proc.go", 290),
            ),
            200,
            3200,
        )
    ]
    assert [sample.stack[0][0] for sample in samples] == ["main.listed[...]", "main.smallest"]


@pytest.mark.parametrize("text", ["", "Samples:\n", RAW.replace(" s=", " x="), RAW.replace("  200 ", "  x ")])
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises((ProfileError, ValueError)):
        parse(text)
