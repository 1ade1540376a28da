#!/usr/bin/env python3
"""Generate `gotop/golang/layouts/GOARCH/go1.N.json` from a Go toolchain: one command for a new Go version.

    PYTHONPATH=. python tools/make_layouts.py [--arch amd64] ~/.cache/gotop/go/1.28.0/go

Each argument is a GOROOT. A small program is built with it; the structures come from that program's DWARF, the size
classes and the reasons' names from the runtime's source. GOEXPERIMENT settings that move a field are built as well and
stored as differences. Programs are only built, not run, so that any toolchain makes the layouts of any architecture.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from itertools import chain, combinations, groupby
from pathlib import Path
from typing import Any

from gotop.golang.dwarf import layout_from_dwarf

OUT = Path(__file__).resolve().parent.parent / "gotop" / "golang" / "layouts"

# runtime.MemStats and the heap profile are named so that the linker keeps their types.
PROGRAM = """package main

import "runtime"

func main() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var p [1]runtime.MemProfileRecord
	n, _ := runtime.MemProfile(p[:], true)
	runtime.GC()
	println(n, m.Mallocs)
}
"""


def build(goroot: Path, arch: str, experiment: str) -> dict[str, int]:
    """Build the program with this toolchain for linux and this GOARCH, and return the layout its DWARF tells."""
    with tempfile.TemporaryDirectory() as folder:
        source, binary = Path(folder, "main.go"), Path(folder, "main")
        source.write_text(PROGRAM)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("GOROOT", "GOFLAGS"))}
        env |= {"GOTOOLCHAIN": "local", "GOEXPERIMENT": experiment, "CGO_ENABLED": "0"}
        env |= {"GOOS": "linux", "GOARCH": arch}
        command = [str(goroot / "bin" / "go"), "build", "-o", str(binary), str(source)]
        subprocess.run(command, check=True, env=env, cwd=folder)
        with binary.open("rb") as f:
            return layout_from_dwarf(f)


def read_source(goroot: Path, *names: str) -> str:
    """Return the first of these files below GOROOT/src that exists."""
    for name in names:
        path = goroot / "src" / name
        if path.exists():
            return path.read_text()
    return ""


def size_classes(goroot: Path) -> list[int]:
    """runtime.class_to_size, which moved to internal/runtime/gc with Go 1.25."""
    text = read_source(goroot, "internal/runtime/gc/sizeclasses.go", "runtime/sizeclasses.go")
    found = re.search(r"(?:class_to_size|SizeClassToSize) *= *\[\w+\]uint16\{([\d, ]+)\}", text)
    if not found:
        raise SystemExit(f"{goroot}: no size classes in the source: adapt tools/make_layouts.py")
    return [int(n) for n in found[1].split(",")]


def malloc_header(goroot: Path) -> int:
    """Bytes put before an object with pointers larger than 512 bytes: since 1.22 (runtime/mbitmap*.go)."""
    for name in ("internal/runtime/gc/malloc.go", "runtime/mbitmap.go", "runtime/mbitmap_allocheaders.go"):
        found = re.search(r"\b[mM]allocHeaderSize *= *(\d+)", read_source(goroot, name))
        if found:
            return int(found[1])
    return 0


def label_form(goroot: Path) -> str:
    """How runtime/pprof keeps a goroutine's labels, where g.labels points: "list", "map", or "" for anything else.

    A list is a slice of two strings, key and value, and the only field (label.go labelMap; from 1.26 on, label.Set).
    """
    text = read_source(goroot, "runtime/pprof/label.go")
    sets = read_source(goroot, "internal/runtime/pprof/label/labelset.go") or text
    if re.search(r"^type labelMap map\[string\]string$", text, re.M):
        return "map"
    label = re.search(r"^type [lL]abel struct \{\n\t[kK]ey +string\n\t[vV]alue +string\n\}", sets, re.M)
    held = re.search(r"^type labelMap struct \{\n\t(LabelSet|label\.Set)\n\}", text, re.M)
    fields = re.search(r"^type (LabelSet|Set) struct \{\n\t\w+ +\[\][lL]abel\n\}", sets, re.M)
    return "list" if label and held and fields else ""


def reasons(text: str, kind: str, table: str) -> list[str]:
    """Texts of an enumeration's values in order: `kind` is its type, `table` the variable with the texts."""
    block = re.search(rf"^\t\w+ +{kind} *= *iota.*?^\)", text, re.M | re.S)
    texts = re.search(rf"^var {table} = .*?^\}}", text, re.M | re.S)
    if not block or not texts:
        return []
    by_name = dict(re.findall(r'^\t(\w+): *"([^"]*)"', texts[0], re.M))
    return [by_name.get(name, "") for name in re.findall(r"^\t([a-z]\w+)", block[0], re.M)]


def func_ids(goroot: Path) -> list[str]:
    """Names of internal/abi.FuncID in order: "Normal", "abort", …, "Wrapper"."""
    block = re.search(r"FuncIDNormal +FuncID.*?^\)", read_source(goroot, "internal/abi/symtab.go"), re.M | re.S)
    return re.findall(r"^\t?FuncID_?(\w+)", block[0], re.M) if block else []


def known_experiments(goroot: Path) -> list[str]:
    """Every GOEXPERIMENT setting (internal/goexperiment/flags.go), on and off, that package runtime asks about.

    All others cannot change its structures; they are stored too, without differences, so that they count as known.
    """
    flags = re.findall(r"^\t(\w+)[ \t]+bool\b", read_source(goroot, "internal/goexperiment/flags.go"), re.M)
    return [no + flag.lower() for flag in flags for no in ("", "no")]


def asked_about(goroot: Path) -> set[str]:
    """Experiments named in the source of what package runtime is made of, in lower case."""
    source, names = goroot / "src", set[str]()
    parts = [(source / "runtime").glob("*.go"), (source / "internal" / "abi").glob("*.go")]
    for file in chain(*parts, *((source / "internal" / "runtime").rglob("*.go"),)):
        names |= {n.lower() for n in re.findall(r"goexperiment\.(\w+)", file.read_text())}
    return {n.removesuffix("int") for n in names}


Differences = dict[str, int | None]


def experiments(goroot: Path, arch: str, plain: dict[str, int]) -> dict[str, Differences]:
    """What each experiment moves, and each set of those that move something, as "a,b" in the order of their names.

    One that this platform refuses is left out, and so counts as unknown.
    """
    asked = asked_about(goroot)
    found: dict[str, Differences] = {}
    for name in known_experiments(goroot):
        if name not in asked and name.removeprefix("no") not in asked:
            found[name] = {}
        elif (moved := differences_of(goroot, arch, plain, name)) is not None:
            found[name] = moved
    moving = sorted(name for name, moved in found.items() if moved)
    for size in range(2, len(moving) + 1):
        for names in combinations(moving, size):
            together = differences_of(goroot, arch, plain, ",".join(names))
            if together is not None:
                found[",".join(names)] = together
    return found


def differences_of(goroot: Path, arch: str, plain: dict[str, int], experiment: str) -> Differences | None:
    """What an experiment moves; None if this platform refuses it."""
    try:
        return differences(plain, build(goroot, arch, experiment))
    except subprocess.CalledProcessError:
        print(f"{goroot}: GOEXPERIMENT={experiment} does not build", file=sys.stderr)
        return None


def differences(plain: dict[str, int], other: dict[str, int]) -> Differences:
    """What `other` says otherwise; None where it lacks a key."""
    return {k: other.get(k) for k in sorted(plain.keys() | other.keys()) if plain.get(k) != other.get(k)}


def rendered(document: dict[str, Any]) -> str:
    """The document as JSON that shows well in a diff: one line a key, and in the layout one line a structure."""
    groups = groupby(document["layout"].items(), key=lambda item: str(item[0]).partition(".")[0])
    layout = ",\n  ".join(json.dumps(dict(items))[1:-1] for _, items in groups)
    lines = [f'"layout": {{\n  {layout}}}']
    lines += [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in document.items() if k != "layout"]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def generate(goroot: Path, arch: str) -> None:
    """Write the data of one toolchain for one architecture."""
    version = read_source(goroot, "../VERSION").split()[0]
    minor = re.match(r"go1\.(\d+)", version)
    if not minor:
        raise SystemExit(f"{goroot}: what version is {version!r}?")
    plain = build(goroot, arch, "")
    proc, runtime2 = (read_source(goroot, f"runtime/{n}.go") for n in ("proc", "runtime2"))
    document: dict[str, Any] = {
        "go": version,
        "layout": dict(sorted(plain.items())),
        "size_classes": size_classes(goroot),
        "malloc_header": malloc_header(goroot),
        "labels": label_form(goroot),
        "stw_reasons": reasons(proc, "stwReason", "stwReasonStrings"),
        "wait_reasons": reasons(runtime2, "waitReason", "waitReasonStrings"),
        "func_ids": func_ids(goroot),
        "experiments": experiments(goroot, arch, plain),
    }
    out = OUT / arch / f"go1.{minor[1]}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(rendered(document))
    moved = {e: len(d) for e, d in document["experiments"].items() if d}
    print(f"{arch}/{out.name}: {len(plain)} entries of {version}; moved by experiments: {moved}")


def main() -> None:
    """Generate for every GOROOT named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("goroot", nargs="+", type=Path, help="a toolchain's GOROOT")
    parser.add_argument("--arch", default="amd64", help="GOARCH (default: amd64)")
    given = parser.parse_args()
    for root in given.goroot:
        generate(root, given.arch)


if __name__ == "__main__":
    main()
