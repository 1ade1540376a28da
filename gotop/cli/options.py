"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from gotop.agent.recording import Recorder
from gotop.cli.parameters import Duration
from gotop.cli.screen import is_terminal

# What the agent keeps of an allocation: type and full stack, type and a few frames, that of a sample, only its size.
MODES = ("exact", "sites", "sampled", "count")


@dataclass(frozen=True)
class ReportOptions:
    """How a session is shown, for how long, and where it is kept."""

    seconds: float | None = None
    form: str = ""
    record: Path | None = None
    interval_ms: int = 250

    @property
    def draws(self) -> bool:
        """Whether it is shown on the screen: where nobody asked for a report and there is a terminal."""
        return not self.form and is_terminal()

    @property
    def report_form(self) -> str:
        """`json` or `text`."""
        return self.form or "text"

    def open_recorder(self) -> Recorder | None:
        """The recording that was asked for, begun. Raises RecordingError."""
        return Recorder(self.record) if self.record else None


class Interval(Duration):
    """A duration between two readings, in milliseconds that the agent accepts."""

    name = "interval"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse it and check its range."""
        seconds = super().convert(value, param, ctx)
        if not 0.02 <= seconds <= 10:
            self.fail(f"{value!r} is out of range: from 20ms to 10s.", param, ctx)
        return seconds


def form_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` and `--text`, as `form`: "json", "text", or "" where neither was given."""

    @click.option("--json", "form", flag_value="json", help="Print one JSON document at the end instead of drawing.")
    @click.option("--text", "form", flag_value="text", help="Print a report as text at the end instead of drawing.")
    @functools.wraps(function)
    def wrapped(*args: Any, form: str | None, **others: Any) -> Any:
        return function(*args, form=form or "", **others)

    return wrapped


def report_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a live session, and hand them to the command as one ReportOptions named `report`."""

    @click.option("--for", "seconds", type=Duration(), metavar="DURATION", help="End after 10s, 1m30s, 500ms, …")
    @form_options
    @click.option(
        "--record", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep it for gotop replay."
    )
    @click.option(
        "--interval", type=Interval(), default="250ms", show_default=True, metavar="DURATION",
        help="Time between two readings.",
    )  # fmt: skip
    @functools.wraps(function)
    def wrapped(
        *args: Any, seconds: float | None, form: str, record: Path | None, interval: float, **others: Any
    ) -> Any:
        options = ReportOptions(seconds, form, record, round(interval * 1000))
        return function(*args, report=options, **others)

    return wrapped
