"""The option `--export FORMAT=FILE`: what is written of the session at its end, in the formats that the screen has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gotop.cli import output
from gotop.cli.errors import Refusal
from gotop.printable import MultilineText

if TYPE_CHECKING:
    from gotop.export.json_tables import Limits
    from gotop.export.registry import Exporter, Selection
    from gotop.model.session import Session

STDOUT = "-"
FORMATS = ("csv", "folded", "html", "json", "markdown", "perfetto", "pprof", "pprof-labels", "speedscope", "text")
"""Those of `gotop.export.exporters` that need no screen; named here for the help, which must not load all of them."""


@dataclass(frozen=True)
class Listing:
    """How many sites, and stacks of each, a document lists; None: as many as are of use."""

    top: int | None = None
    stacks: int | None = None

    def limits(self) -> Limits:
        """The same, as `gotop.export` has it."""
        from gotop.export.json_tables import Limits  # not needed for --help

        return Limits(self.top, self.stacks)


@dataclass(frozen=True)
class Export:
    """A format, and the file it goes to; None: stdout."""

    format: str
    file: Path | None


class ExportParam(click.ParamType[Export]):
    """`folded=out.folded`, or `folded=-` for stdout."""

    name = "export"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Export:
        """Parse it, and refuse a format there is not and a file that cannot be written."""
        if isinstance(value, Export):
            return value
        name, equals, file = str(value).partition("=")
        if name not in exporters():
            self.fail(f"there is no format {name!r}; the formats are {', '.join(exporters())}.", param, ctx)
        if not equals or not file:
            self.fail(f"{value!r} names no file. Write it like {name}=FILE, or {name}=- for stdout.", param, ctx)
        if file == STDOUT:
            return Export(name, None)
        reason = why_not_writable(Path(file))
        if reason:
            self.fail(f"{file} cannot be written: {reason}.", param, ctx)
        return Export(name, Path(file))


def export_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--export`, as `exports`: a tuple of Export."""
    return click.option(
        "--export", "exports", type=ExportParam(), multiple=True, metavar="FORMAT=FILE",
        help=f"Write this at the end as well (- for stdout): {', '.join(FORMATS)}. May be given several times.",
    )(function)  # fmt: skip


def exporters() -> dict[str, Exporter]:
    """The formats that need no screen."""
    from gotop.export.exporters import EXPORTERS  # not needed for --help

    return {name: exporter for name, exporter in EXPORTERS.items() if exporter.of_screen is None}


def check_exports(exports: Sequence[Export], form: str) -> None:
    """Refuse more than one document on stdout, and bytes on a terminal. Raises UsageError."""
    printed = [export.format for export in exports if export.file is None]
    if len(printed) + bool(form) > 1:
        raise click.UsageError("Only one document can go to stdout: give the others a file each.")
    if printed and exporters()[printed[0]].binary and sys.stdout.isatty():
        raise click.UsageError(f"{printed[0]} is no text for a terminal: name a file, or redirect stdout.")


def write_exports(session: Session, exports: Sequence[Export], listing: Listing = Listing()) -> None:
    """Write every export, also if one of them cannot be written. Raises Refusal for those."""
    failed = []
    for export in exports:
        exporter = exporters()[export.format]
        if export.file is None:
            output.write_bytes(exporter.make(session, None, _selection(listing, printed=True)))
            continue
        try:
            write_file(export.file, exporter.make(session, None, _selection(listing)))
        except OSError as error:
            failed.append(f"{export.file} cannot be written: {error.strerror}.")
    if failed:
        raise Refusal(MultilineText(*failed))


def print_report(session: Session, form: str, listing: Listing) -> None:
    """Print the report on stdout, `json`, `text` or the last line of `ndjson`, as text of the terminal's encoding."""
    if form == "ndjson":
        from gotop.export import json_readings  # not needed for --help

        output.write_json(json_readings.report(session, listing.limits()))
    else:
        output.write_text(exporters()[form].make(session, None, _selection(listing, printed=True)).decode())


def print_reading(session: Session, listing: Listing) -> None:
    """Print the newest reading as a line of JSON."""
    from gotop.export import json_readings  # not needed for --help

    output.write_json(json_readings.reading(session, listing.limits()))


def _selection(listing: Listing, printed: bool = False) -> Selection:
    from gotop.export.registry import Selection  # not needed for --help

    return Selection(limits=listing.limits(), printed=printed)


def write_file(file: Path, data: bytes) -> None:
    """Names and labels of a service are nobody else's business: a new file is its owner's alone."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(data)


def why_not_writable(file: Path) -> str:
    """Why a file could not be written now, "" if it could: to be said before a service is started."""
    if file.is_dir():
        return "it is a directory"
    if file.exists():
        return "" if os.access(file, os.W_OK) else "permission denied"
    if not file.absolute().parent.is_dir():
        return f"there is no directory {file.absolute().parent}"
    return "" if os.access(file.absolute().parent, os.W_OK | os.X_OK) else "no permission to write into its directory"
