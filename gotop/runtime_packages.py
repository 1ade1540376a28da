"""The packages that are part of the Go runtime: a call site is outside of them."""

RUNTIME_PACKAGES = (
    "runtime",
    "runtime/asan",
    "runtime/cgo",
    "runtime/msan",
    "runtime/race",
    "internal/abi",
    "internal/asan",
    "internal/bytealg",
    "internal/byteorder",
    "internal/chacha8rand",
    "internal/cpu",
    "internal/goarch",
    "internal/goexperiment",
    "internal/goos",
    "internal/msan",
    "internal/profilerecord",
    "internal/race",
    "internal/stringslite",
    "internal/trace/tracev2",
)
RUNTIME_TREES = ("internal/runtime/", "runtime/internal/")
"""All packages below these are part of it, too."""
