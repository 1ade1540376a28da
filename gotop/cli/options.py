"""Options that several commands share."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from gotop import config
from gotop.agent.recording import Recorder
from gotop.cli.export_option import Export, Listing, check_exports, export_option
from gotop.cli.memory import MemoryParam, agent_share, configured_memory
from gotop.cli.parameters import DurationParam
from gotop.cli.screen import is_terminal
from gotop.cli.whole_stacks import check_filters

# What the agent keeps of an allocation: type and full stack, type and site, that of a sample, only its size,
# nothing at all: "off" can be changed while the service runs.
MODES = ("exact", "sites", "sampled", "sites+sampled", "count", "off")

ATTRIBUTED = ("labels", "creator")
GROUPS = (*ATTRIBUTED, "line", "mine", "function", "cumulative", "type", "package", "module")


@dataclass(frozen=True)
class ReportOptions:
    """How a session is shown, for how long, and where it is kept. `by`: what the screen groups by at first, one of
    `GROUPS` or "". `mine`: packages that are the user's own code, () for the main module. `silent`: no screen and no
    report, since somebody else makes something of the session.

    `exports`: what is written at the end, besides or in place of a report. `memory`: bytes that gotop may take in all,
    None where nobody has said.
    """

    seconds: float | None = None
    form: str = ""
    record: Path | None = None
    interval_ms: int = 250
    by: str = ""
    exports: tuple[Export, ...] = ()
    listing: Listing = field(default_factory=Listing)
    memory: int | None = None
    mine: tuple[str, ...] = ()
    silent: bool = False

    @property
    def attributes(self) -> bool:
        """Whether the agent is to count by labels and creators from the start."""
        return self.by in ATTRIBUTED

    def of_agent(self, hooks: HookOptions) -> HookOptions:
        """The hooks' options, with what else the agent has to know."""
        memory = agent_share(self.memory) if self.memory is not None else 0
        return replace(hooks, attribution=self.attributes, memory=memory)

    @property
    def draws(self) -> bool:
        """Whether it is shown on the screen: where nobody asked for a report and there is a terminal."""
        return not self.form and not self.silent and is_terminal()

    @property
    def report_form(self) -> str:
        """The report on stdout: `json`, `text`, or "" where something else goes there."""
        return "" if self.silent else report_form(self.form, self.exports)

    def open_recorder(self) -> Recorder | None:
        """The recording that was asked for, begun. Raises RecordingError."""
        return Recorder(self.record) if self.record else None


@dataclass(frozen=True)
class HookOptions:
    """What is kept of an allocation, and what that may cost. `rate`: bytes a sample; 0 and 0.0: the agent's own.
    `attribution`: count by labels and creators from the start. `memory`: bytes that tables and agent may take, 0: as
    they find. `exact`: filters of the code whose allocations keep whole stacks where the mode keeps sites alone.
    """

    mode: str = "exact"
    depth: int = 0
    rate: int = 0
    budget: float = 0.0
    attribution: bool = False
    memory: int = 0
    exact: tuple[str, ...] = ()


class SizeParam(click.ParamType[int]):
    """`65536`, `64K`, `1M`: bytes."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse it, or say how sizes are written."""
        match = re.fullmatch(r"(\d+)\s*([KM]?)(?:i?B)?", str(value), re.IGNORECASE)
        size = int(match[1]) << {"": 0, "K": 10, "M": 20}[match[2].upper()] if match else 0
        if not 1 <= size <= 1 << 40:
            self.fail(f"{value!r} is not a number of bytes. Write it like 65536, 64K or 1M.", param, ctx)
        return size


class ShareParam(click.ParamType[float]):
    """`3%`, or `0.03`."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse it and check its range."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", str(value))
        share = float(match[1]) / (100 if match[2] else 1) if match else -1.0
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not a share. Write it like 3% or 0.03.", param, ctx)
        return share


class IntervalParam(DurationParam):
    """A duration between two readings, in milliseconds that the agent accepts."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse it and check its range."""
        seconds = super().convert(value, param, ctx)
        if not 0.02 <= seconds <= 10:
            self.fail(f"{value!r} is out of range: from 20ms to 10s.", param, ctx)
        return seconds


def hook_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of hooks that are placed, and hand them to the command as one HookOptions named `hooks`."""

    @click.option(
        "--mode", type=click.Choice(MODES), default="exact", show_default=True, help="What is kept of an allocation."
    )
    @click.option("--depth", type=click.IntRange(1, 512), metavar="N", help="Frames kept of each stack.")
    @click.option(
        "--rate", type=SizeParam(), metavar="BYTES",
        help="Modes sites+sampled and sampled: a sample in so many bytes, such as 64K.",
    )  # fmt: skip
    @click.option(
        "--budget",
        type=ShareParam(),
        metavar="SHARE",
        help="Keep less when the hooks take more of the service's CPU time than this, such as 3%.",
    )
    @click.option(
        "--exact", multiple=True, metavar="FILTER",
        help="Modes sites and sites+sampled: keep every stack of sites that match, such as pkg:=shop/payment.",
    )  # fmt: skip
    @functools.wraps(function)
    def wrapped(
        *args: Any, mode: str, depth: int | None, rate: int | None, budget: float | None, exact: tuple[str, ...],
        **others: Any,
    ) -> Any:  # fmt: skip
        check_filters(exact)
        if exact and mode not in ("sites", "sites+sampled") and not budget:
            raise click.UsageError(
                f"--exact is for modes that keep sites: --mode sites or --mode sites+sampled, not {mode}."
            )
        if mode == "sites" and depth and not budget and not exact:
            raise click.UsageError(
                "--mode sites keeps the call site of an allocation and nothing of who called it: --depth has no "
                f"meaning there. Leave it out, or use --mode exact or sites+sampled with --depth {depth}."
            )
        return function(*args, hooks=HookOptions(mode, depth or 0, rate or 0, budget or 0.0, exact=exact), **others)

    return wrapped


def report_form(form: str, exports: Sequence[Export]) -> str:
    """What a session that is not drawn prints: what was asked for, text if nothing was, "" beside an export."""
    return form or ("" if any(export.file is None for export in exports) else "text")


def form_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`, `--ndjson` and `--text`, as `form`: their names, or "" where none was given; `--export`; `--top`
    and `--stacks`, as `listing`; and `--mine`, or what the configuration has in its place.
    """

    @click.option("--json", "form", flag_value="json", help="Print one JSON document at the end instead of drawing.")
    @click.option("--text", "form", flag_value="text", help="Print a report as text at the end instead of drawing.")
    @click.option("--ndjson", "form", flag_value="ndjson",
                  help="Print every reading as a line of JSON while it runs, and the document at the end.")  # fmt: skip
    @click.option("--top", type=click.IntRange(0), metavar="N",
                  help="Sites, and rows of other lists, in JSON; the rest is one row. [default: some 500]")  # fmt: skip
    @click.option("--stacks", type=click.IntRange(0), metavar="N",
                  help="Stacks of each site in JSON; the rest is one row. [default: some 10]")  # fmt: skip
    @click.option("--mine", multiple=True, metavar="PATTERN",
                  help="Packages that are your own code, such as example.com/shop/... May be given several times. "
                  "[default: the main module]")  # fmt: skip
    @export_option
    @functools.wraps(function)
    def wrapped(
        *args: Any, form: str | None, exports: tuple[Export, ...], top: int | None, stacks: int | None,
        mine: tuple[str, ...], **others: Any,
    ) -> Any:  # fmt: skip
        check_exports(exports, form or "")
        json = form in ("json", "ndjson") or any(export.format == "json" for export in exports)
        if not json and (top is not None or stacks is not None):
            raise click.UsageError("--top and --stacks are about JSON: add --json, --ndjson or --export json=FILE.")
        mine = mine or config.load(config.path(), ()).mine
        return function(*args, form=form or "", exports=exports, listing=Listing(top, stacks), mine=mine, **others)

    return wrapped


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a live session, and hand them to the command as one ReportOptions named `report`."""

    @click.option("--for", "seconds", type=DurationParam(), metavar="DURATION", help="End after 10s, 1m30s, 500ms, …")
    @form_options
    @click.option(
        "--record", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep it for gotop replay."
    )
    @click.option(
        "--interval", type=IntervalParam(), default="250ms", show_default=True, metavar="DURATION",
        help="Time between two readings.",
    )  # fmt: skip
    @click.option(
        "--by", type=click.Choice(GROUPS),
        help="What the screen groups by at first; labels and creator (go statements) are counted from the start then.",
    )  # fmt: skip
    @click.option(
        "--memory", type=MemoryParam(), metavar="SIZE",
        help="What gotop may take in all, such as 300M. [default: an eighth of the machine's or cgroup's, at most 2G]",
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any, seconds: float | None, form: str, exports: tuple[Export, ...], listing: Listing,
        record: Path | None, interval: float, by: str | None, memory: int | None, mine: tuple[str, ...], **others: Any,
    ) -> Any:  # fmt: skip
        memory = configured_memory(config.load(config.path(), ()).memory) if memory is None else memory
        options = ReportOptions(
            seconds, form, record, round(interval * 1000), by or "", exports, listing, memory, mine
        )
        return function(*args, report=options, **others)

    return wrapped
