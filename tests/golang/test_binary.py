"""Programs built with GOEXPERIMENT settings, and by the toolchains of others, are the Go version that they are."""

from pathlib import Path

import pytest

from gotop.golang.binary import GoBinary
from gotop.golang.dwarf import layout_from_dwarf
from gotop.golang.errors import UnknownGoVersion
from gotop.golang.identify import go_version_of
from gotop.golang.layouts import known_minors, layout_of
from gotop.golang.plan import make_plan
from tests import toolchains
from tests.golang.programs import build, with_version

#: Some of each sort in every run: cryptography, the compiler's, what moves fields, two that do; the others with --slow.
DAILY = {
    "boringcrypto", "preemptibleloops", "fieldtrack", "nogreenteagc", "staticlockranking",
    "nogreenteagc,staticlockranking",
}  # fmt: skip
EXPERIMENTS = [
    pytest.param(version, name, marks=() if version == "1.26" and name in DAILY else pytest.mark.slow)
    for version in toolchains.SUPPORTED
    for layout in (layout_of(int(version.split(".")[1])),)
    if layout is not None
    for name in layout.experiments
]


@pytest.mark.parametrize("minor", known_minors())
def test_every_experiment_of_the_toolchain_is_known(minor: int) -> None:
    flags = toolchains.go(f"1.{minor}").parent.parent / "src" / "internal" / "goexperiment" / "flags.go"
    block = flags.read_text().partition("type Flags struct {")[2].partition("\n}")[0]
    names = {line.split()[0].lower() for line in block.splitlines() if line.split()[1:] == ["bool"]}
    layout = layout_of(minor)
    assert layout is not None and len(names) > 10
    assert not layout.unknown(tuple(names))


@pytest.mark.parametrize(("version", "experiment"), EXPERIMENTS)
def test_a_program_built_with_an_experiment_is_known_with_and_without_symbols(version: str, experiment: str) -> None:
    whole, stripped = (build("hello", version, variant, GOEXPERIMENT=experiment) for variant in ("plain", "stripped"))
    with whole.open("rb") as file:
        offsets = layout_from_dwarf(file)
    for binary in (whole, stripped):
        plan = make_plan(binary)
        assert plan.layout == offsets
        # Where locks have ranks, the list of goroutines is not found in the code, and that is said.
        assert not plan.partial or (binary == stripped and "staticlockranking" in experiment)


def variant(tmp_path: Path, version: bytes, of: str = "preemptibleloops", kind: str = "stripped") -> Path:
    """A program that another toolchain might have built: what it says of its version is all that differs."""
    original = build("hello", "1.26", kind, GOEXPERIMENT=of)
    size = len(f"{'go'}{toolchains.full_version('1.26')} X:{of}")
    path = tmp_path / "variant"
    path.write_bytes(with_version(original.read_bytes(), version.ljust(size)))
    return path


@pytest.mark.parametrize(
    ("version", "named"),
    [
        (b"go1.26.6-ms X:systemcrypto", "go1.26.6-ms"),
        (b"go1.26.6 X:opensslcrypto", "go1.26.6"),
        (b"go1.26.6-microsoft", "go1.26.6-microsoft"),
        (b"go1.26 X:strictfipsruntime", "go1.26"),
        (b"go1.26.6 (Red Hat 1.26.6-1)", "go1.26.6 (Red Hat 1.26.6-1)"),
        (b"go1.26rc1 X:boringcrypto", "go1.26rc1"),
    ],
)
def test_toolchains_of_others_are_the_go_version_they_are(tmp_path: Path, version: bytes, named: str) -> None:
    path = variant(tmp_path, version)
    plan = make_plan(path)
    known = layout_of(26)
    assert known is not None and plan.layout == known.offsets and not plan.partial
    assert go_version_of(path) == named


def test_an_unknown_experiment_is_named_where_the_binary_does_not_tell(tmp_path: Path) -> None:
    with pytest.raises(UnknownGoVersion, match="GOEXPERIMENT=newthing may move what gotop reads"):
        make_plan(variant(tmp_path, b"go1.26.6 X:newthing"))
    with pytest.raises(UnknownGoVersion, match="it is a development version"):
        make_plan(variant(tmp_path, b"go1.26-devel_abc"))


def test_an_unknown_experiment_is_read_from_dwarf_and_said(tmp_path: Path) -> None:
    (said,) = make_plan(variant(tmp_path, b"go1.26.6 X:newthing", kind="plain")).partial
    assert "GOEXPERIMENT=newthing may move what gotop reads" in said


def test_objects_with_pointers_have_no_header_without_allocheaders() -> None:
    binary = build("hello", "1.22", "plain", GOEXPERIMENT="noallocheaders")
    with GoBinary.open(binary) as opened:
        assert opened.runtime.malloc_header == 0
