"""The figures above the goroutines. Pure: values in, lines out."""

from __future__ import annotations

from gotop import units
from gotop.model.runtime.goroutine_values import LiveGoroutines, StackTotals
from gotop.model.session import Session
from gotop.model.sites.moment import Moment
from gotop.model.status.values import GoroutineTotals
from gotop.ui.colours import Palette
from gotop.ui.frame import blocks, status_text
from gotop.ui.frame.blocks import GAP, SIDE, beside
from gotop.ui.frame.labelled_figures import comma_list
from gotop.ui.text import Line

LEAST_BLOCK = 36
GRAPHS_FROM = 2 * LEAST_BLOCK + 2 * GAP + 2 * SIDE + 40


def height_for(screen_height: int) -> int:
    """Return how many lines the figures take on a screen of so many."""
    return 8 if screen_height >= 30 else 7 if screen_height >= 22 else 4


def draw(
    session: Session, past: Moment | None, live: LiveGoroutines | None, age: float, totals: StackTotals, waiting: str,
    size: tuple[int, int], palette: Palette,
) -> list[Line]:  # fmt: skip
    """Draw living goroutines, their stacks, and graphs if there is room, now or at a moment of the past. `waiting`: why
    there is no reading (yet).
    """
    width, height = size[0] - 2 * SIDE, size[1]
    counted = session.goroutines(past)
    if width < 2 * LEAST_BLOCK + GAP:
        return beside([living(counted, live, age, waiting, width, height, palette)], [width], palette)
    graphs = size[0] >= GRAPHS_FROM
    first = 40 if graphs else (width - GAP) // 2
    second = 40 if graphs else width - GAP - first
    parts = [
        living(counted, live, age, waiting, first, height, palette),
        stacks(counted, live, totals, second, height, palette),
    ]
    widths = [first, second]
    if graphs:
        widths.append(width - first - second - 2 * GAP)
        parts.append(_graphs(session, past, widths[-1], height, palette))
    return beside(parts, widths, palette)


def _graphs(session: Session, past: Moment | None, width: int, height: int, palette: Palette) -> list[Line]:
    alive, created = (session.history(name, float(width), past) for name in ("goroutines", "gos"))
    upper = (height + 1) // 2
    return [
        *blocks.graph("NumGoroutine", alive, units.count, palette.bytes_ramp, width, upper, palette),
        *blocks.graph("created/s", created, units.count, palette.allocs_ramp, width, height - upper, palette),
    ]


def living(
    counted: GoroutineTotals,
    live: LiveGoroutines | None,
    age: float,
    waiting: str,
    width: int,
    height: int,
    palette: Palette,
) -> list[Line]:
    """Return all goroutines by state, as last read, beside the runtime's own count."""
    created = blocks.pair(
        "created", units.count(counted.created), width, palette, f"{units.count_rate(counted.created_per_s):>10}"
    )
    if live is None or live.missing:
        lines: list[Line] = [
            blocks.title("Goroutines", width, palette),
            blocks.pair("NumGoroutine", blocks.or_dash(counted.live, units.count), width, palette),
            created,
            [(line, palette.warn if live else palette.dim) for line in [live.missing if live else waiting]],
        ]
        return lines[:height]
    read = f"read {status_text.ago(max(0.0, age))} ago" + (f" in {units.duration(live.took_ns)}" if width >= 46 else "")
    same = counted.live == live.user
    beside_it = "  = NumGoroutine" if same else f"  NumGoroutine {counted.live:,}" if counted.live is not None else ""
    lines = [
        blocks.title("Goroutines", width, palette, read),
        blocks.pair("live", f"{live.user:,}", width, palette, beside_it),
        created,
        *_by_state(live, width, height - 4, palette),
        blocks.pair("the runtime's own; dead", f"{live.system:,}; {live.dead:,}", width, palette),
    ]
    return lines[:height]


def _by_state(live: LiveGoroutines, width: int, lines: int, palette: Palette) -> list[Line]:
    """Return the most frequent states, a line each; the last line sums up the others."""
    shown = list(live.states[: lines if len(live.states) <= lines else max(0, lines - 1)])
    found = [blocks.pair(f"  {name}", f"{count:,}", width, palette) for name, count in shown]
    rest = live.states[len(shown) :]
    if rest and lines > 0:
        names = comma_list([name for name, _ in rest], width - 12)
        found.append(blocks.pair(f"  {names}", f"{sum(count for _, count in rest):,}", width, palette))
    return found


def stacks(
    counted: GoroutineTotals,
    live: LiveGoroutines | None,
    totals: StackTotals,
    width: int,
    height: int,
    palette: Palette,
) -> list[Line]:
    """Return what the stacks hold, where they came from and what became of them."""
    inuse = f" of {units.size(counted.stack_inuse)} in use" if counted.stack_inuse is not None else ""
    share = totals.reused / totals.created if totals.created and totals.reused is not None else None
    first = units.size(totals.first) if totals.first is not None else "not seen"
    lines: list[Line] = [
        blocks.title("Stacks", width, palette),
        blocks.pair("held", units.size(live.stack_bytes if live else None), width, palette, inuse),
        blocks.pair("kept by the dead", units.size(live.dead_stack_bytes if live else None), width, palette),
        blocks.pair("new", units.count(totals.new), width, palette, f"{units.size(totals.new_bytes):>9}"),
        blocks.pair("reused", units.count(totals.reused), width, palette, f"{units.percent(share):>9}"),
        blocks.pair("grown; shrunk", f"{units.count(totals.growths)}; {units.count(totals.shrinks)}", width, palette),
        blocks.pair("copied, at most", units.size(totals.copied), width, palette),
        blocks.pair("main's first stack", first, width, palette),
    ]
    return lines[:height]
