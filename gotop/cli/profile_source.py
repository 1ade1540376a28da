"""What `gotop export` and `gotop diff` read: a recording, or a JSON report, whichever a file is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gotop.cli.errors import Refusal
from gotop.regular_file import open_regular

if TYPE_CHECKING:
    from gotop.export.profile import Profile
    from gotop.model.session import Session

MOST_REPORT = 1 << 30
"""Bytes of a report that are read; those of schema 1 could be this large."""
_WHITESPACE = b" \t\r\n"


@dataclass(frozen=True)
class Source:
    """A file that was read. `session` is None of a report; `window` is what was asked for."""

    file: Path
    session: Session | None
    profile: Profile


def read_source(file: Path, begin: float | None = None, end: float | None = None) -> Source:
    """Read a recording, from `begin` to `end` (seconds after its first reading), or a JSON report.

    Raises Refusal, RecordingError.
    """
    from gotop.cli.recorded_session import read_session
    from gotop.export.profile import session_profile
    from gotop.model.queries import Window

    report = _report_in(file)
    if report is None:
        session = read_session(file, begin, end)
        return Source(file, session, session_profile(session, Window.TOTAL if begin is None else Window.MARK))
    if begin is not None or end is not None:
        raise Refusal(f"{file} is a report, which has no time line: --from and --until are for recordings.")
    from gotop.export.report_profile import ReportError, report_profile

    try:
        return Source(file, None, report_profile(report))
    except ReportError as error:
        raise Refusal(f"{file} cannot be read: {error}.") from error


def _report_in(file: Path) -> bytes | None:
    """Return the contents of a JSON document, None if it is something else. Raises Refusal: it cannot be read."""
    try:
        with open_regular(file) as opened:
            if not opened.read(64).lstrip(_WHITESPACE).startswith(b"{"):
                return None
            opened.seek(0)
            data = opened.read(MOST_REPORT + 1)
    except OSError as error:
        raise Refusal(f"Cannot read {file}: {error.strerror}.") from error
    if len(data) > MOST_REPORT:
        raise Refusal(f"{file} is larger than any report: more than {MOST_REPORT >> 20} MiB.")
    return data
