"""A Go program with thousands of live allocation sites, and beacons: sites that are silent until a known instant."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests import toolchains

GO = "1.26"
BEACON_EVERY_MS = 1_300

_MAIN = """package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

var kept any

// now is CLOCK_MONOTONIC in nanoseconds, which other processes of the machine read, too.
func now() int64 {
	var at syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&at)), 0)
	return at.Nano()
}

func light(out *os.File) {
	time.Sleep(%(quiet)d * time.Millisecond)
	for number, beacon := range beacons {
		at := now()
		beacon()
		fmt.Fprintln(out, number, at)
		time.Sleep(%(every)d * time.Millisecond)
	}
}

func main() {
	out, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	go light(out)
	for range time.Tick(20 * time.Millisecond) {
		for _, site := range sites {
			site()
		}
	}
}
"""
_SITE = "//go:noinline\nfunc site%(n)04d() { kept = new([%(size)d]byte) }\n"
_BEACON = "//go:noinline\nfunc beacon%(n)02d() { for range 400 { kept = new([%(size)d]byte) } }\n"


def build(directory: Path, sites: int, beacons: int, quiet_s: float) -> Path:
    """The program's binary; its argument is a file for the beacons' instants, of which the first is at `quiet_s`."""
    pieces = ["package main\n"]
    pieces += [_SITE % {"n": n, "size": 16 * (1 + n % 40)} for n in range(sites)]
    pieces += [_BEACON % {"n": n, "size": 32_768} for n in range(beacons)]
    for name, count, digits in (("site", sites, 4), ("beacon", beacons, 2)):
        listed = ", ".join(f"{name}{n:0{digits}d}" for n in range(count))
        pieces.append(f"var {name}s = []func(){{{listed}}}\n")
    (directory / "sites.go").write_text("".join(pieces))
    (directory / "main.go").write_text(_MAIN % {"quiet": round(quiet_s * 1e3), "every": BEACON_EVERY_MS})
    (directory / "go.mod").write_text("module beacons\n\ngo 1.22\n")
    command = [str(toolchains.go(GO)), "build", "-o", "beacons", "."]
    subprocess.run(command, cwd=directory, env=toolchains.environment(GO), check=True)
    return directory / "beacons"
