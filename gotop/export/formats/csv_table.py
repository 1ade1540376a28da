"""The table of call sites as comma-separated values (RFC 4180), for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io

from gotop.export.profile import Profile
from gotop.export.registry import Selection, of_profile, register
from gotop.model.symbols.call_site import package_of
from gotop.printable import printable

COLUMNS = ("function", "file", "line", "type", "package", "allocs", "bytes", "allocs_per_s", "bytes_per_s", "share")
_FORMULA = ("=", "+", "-", "@")


def make(profile: Profile, selection: Selection) -> bytes:
    """Return all sites, most bytes first; `--top` bounds them."""
    out, seconds = io.StringIO(), profile.seconds
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for key, amount in list(profile.sites().items())[: selection.limits.top]:
        rates = [amount.allocs / seconds, amount.bytes / seconds] if seconds else ["", ""]
        share = amount.bytes / profile.whole.bytes if profile.whole.bytes else ""
        texts = [_cell(key.function), _cell(key.file), key.line, _cell(key.type), _cell(package_of(key.function))]
        writer.writerow([*texts, amount.allocs, amount.bytes, *rates, share])
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cell(text: str) -> str:
    """Return a name that no spreadsheet takes for a formula: names come from strangers."""
    text = printable(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


register(of_profile("csv", "the call sites as a table for spreadsheets", "csv", make))
