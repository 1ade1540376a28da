"""One collection from within: what it took, and whose allocations led to it."""

from __future__ import annotations

from collections.abc import Sequence

from gotop import units
from gotop.model.runtime.gc_values import GcCycle, Pause
from gotop.model.runtime.site_shares import SiteShare
from gotop.ui.frame.contributors_screen import ContributorsScreen
from gotop.ui.gc.columns import instant
from gotop.ui.text import Line


def _parts(stop: Pause) -> str:
    """Write how long stopping all threads took, and how long they stood still; where only the sum is known, that."""
    whole = units.duration(stop.stopped_ns)
    return whole if stop.stopping_ns is None else f"{units.duration(stop.stopping_ns)} + {whole}"


class CycleScreen(ContributorsScreen):
    """One collection: what `GODEBUG=gctrace=1` prints of it, and whose allocations led to it."""

    empty = "There is no reading of what was allocated before this collection"

    def __init__(self, cycle: GcCycle) -> None:
        super().__init__(f"gc {cycle.number}{', forced' if cycle.forced else ''}")
        self.cycle = cycle

    def read(self) -> Sequence[SiteShare]:
        """Return the sites that have allocated since the cycle before."""
        return self.monitor.time.runtime.cycle_sites(self.cycle, 200)

    def head(self) -> list[list[Line]]:
        """Write instants, heap, times, CPU times, stops, and what the rows below are made of."""
        c, size, time = self.cycle, units.size, units.duration
        begin, end = self.monitor.time.runtime.cycle_span(c)
        stops = [
            (stop.reason.removeprefix("GC "), _parts(stop)) for stop in self.monitor.time.runtime.pauses_of_cycle(c)
        ]
        told = {
            "when": [("begun", instant(c.at)), ("ended", instant(c.ended)), ("took", time(c.lasted_ns)),
                     ("on", f"{c.procs} Ps")],
            "heap": [("", f"{size(c.before)} → {size(c.after)} → {size(c.marked)}"), ("goal", units.goal(c.goal)),
                     ("trigger", size(c.trigger))],
            "clock": [("sweep term", time(c.sweep_term_ns)), ("mark", time(c.mark_ns)),
                      ("mark term", time(c.mark_term_ns)), ("pause", time(c.pause_ns))],
            "CPU": [("assist", time(c.assist_ns)), ("background", time(c.background_ns)), ("idle", time(c.idle_ns)),
                    ("GC so far", units.percent(c.cpu_fraction))],
            "scanned": [("stacks", size(c.stacks)), ("globals", size(c.globals))],
            "stops": stops or [("", "their events were lost")],
            "before": [("allocated", units.size_rate(c.alloc_rate)),
                       ("rows are of", f"{instant(begin)} … {instant(end)}")],
        }  # fmt: skip
        return [self.labelled_facts(label, its) for label, its in told.items()]
