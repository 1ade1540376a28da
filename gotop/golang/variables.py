"""Addresses of the runtime's variables in binaries without a symbol table."""

from gotop.golang.binary import GoBinary

VARIABLES = (
    "runtime.memstats",
    "runtime.mheap_",
    "runtime.allp",
    "runtime.sched",
    "runtime.allglen",
    "runtime.allgptr",
    "runtime.allgs",
    "runtime.gcController",
    "runtime.work",
    "runtime.allm",
    "runtime.gomaxprocs",
)
# Taken where there is a symbol table, not missed otherwise: the number of CPUs, renamed in Go 1.26.
OPTIONAL = ("runtime.ncpu", "runtime.numCPUStartup")


def recover_variables(binary: GoBinary) -> dict[str, int]:
    """Those of VARIABLES that the runtime's own code tells."""
    return {}
