"""The configuration: `${XDG_CONFIG_HOME:-~/.config}/gotop/config.toml`.

    theme = "nord"
    units = "pprof"
    mine = ["example.com/shop/..."]     # packages that are your own code; else: the main module
    memory = "300M"                     # what gotop may take in all, as --memory

    [keys]                      # ids: see gotop/ui/keys.py
    "figures.pause" = "p"
    "sites.sort_next" = "s,>"

A file that is wrong never keeps gotop from starting: what is right in it holds, what is wrong is said in a sentence.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gotop.regular_file import open_regular

_THEME = re.compile(r"""^[ \t]*theme[ \t]*=.*$""", re.MULTILINE)
MEMORY = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)\s*([KMG]?)(?:i?B)?", re.IGNORECASE)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


@dataclass(frozen=True)
class Config:
    """What is set. `units`: "si", "pprof" or "". `mine`: patterns of import paths. `memory`: an amount
    such as 300M, or "". `problems`: sentences about what could not be understood.
    """

    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    units: str = ""
    mine: tuple[str, ...] = ()
    memory: str = ""


def path() -> Path:
    """Return where the file is, or would be."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    home = Path(base) if base.startswith("/") else Path("~/.config").expanduser()
    return home / "gotop" / "config.toml"


def load(file: Path, ids: Collection[str]) -> Config:
    """Read the file; where there is none, nothing is set. `ids`: the ids of the keys that can be bound."""
    try:
        text = _text_of(file)
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        return Config(problems=(f"{file} cannot be read: {reason}.",))
    return parse(text, str(file), ids)


def _text_of(file: Path) -> str:
    with open_regular(file) as opened:
        return opened.read().decode("utf-8")


def parse(text: str, name: str, ids: Collection[str]) -> Config:
    """Parse the text of a configuration; `ids` as in `load`."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return Config(problems=(f"{name} is not TOML: {error}.",))
    problems = [f"{name}, line {_line(text, each)}: gotop knows no “{each}”." for each in found if each not in _KNOWN]
    theme = found.get("theme", "")
    if not isinstance(theme, str):
        problems.append(f"{name}, line {_line(text, 'theme')}: theme is a name in quotes.")
        theme = ""
    units = found.get("units", "")
    if units not in ("", *UNITS):
        problems.append(f"{name}, line {_line(text, 'units')}: units is one of {', '.join(UNITS)}.")
        units = ""
    mine = found.get("mine", [])
    if not isinstance(mine, list) or not all(isinstance(each, str) and each for each in mine):
        problems.append(f'{name}, line {_line(text, "mine")}: mine is a list such as ["example.com/shop/..."].')
        mine = []
    memory = found.get("memory", "")
    if not isinstance(memory, str) or (memory and not MEMORY.fullmatch(memory.strip())):
        problems.append(f'{name}, line {_line(text, "memory")}: memory is an amount in quotes such as "300M".')
        memory = ""
    keys: dict[str, str] = {}
    table: Any = found.get("keys", {})
    if not isinstance(table, dict):
        problems.append(f"{name}, line {_line(text, 'keys')}: keys is a table, [keys].")
        table = {}
    for id_, bound in _flat(table):
        if id_ not in ids:
            problems.append(f"{name}, line {_line(text, id_)}: there is no key with the id “{id_}”.")
        elif not isinstance(bound, str) or not bound:
            problems.append(f'{name}, line {_line(text, id_)}: the key for “{id_}” is a text such as "ctrl+p".')
        else:
            keys[id_] = bound
    return Config(theme, keys, tuple(problems), units, tuple(mine), memory)


UNITS = ("si", "pprof")
_KNOWN = ("theme", "units", "mine", "memory", "keys")


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return keys of nested tables joined with dots: TOML reads `figures.pause = "p"` without quotes as a table in a
    table.
    """
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(before + name, value)]
    return found


def _line(text: str, key: str) -> int:
    """Return the number of the line that a key stands in; its last part is enough, since its table's name may stand
    above.
    """
    for wanted in (key, key.rpartition(".")[2]):
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(rf"""\s*\[?["']?[\w.-]*{re.escape(wanted)}["']?\s*[\]=]""", line):
                return number
    return 1


def with_theme(text: str, theme: str) -> str:
    """Return the text with another theme; everything else in it, comments too, stays as it is."""
    line = f'theme = "{theme}"'
    first = _TABLE.search(text)
    top, rest = (text[: first.start()], text[first.start() :]) if first else (text, "")
    if _THEME.search(top):
        return _THEME.sub(lambda _: line, top, count=1) + rest
    return f"{line}\n" + (("\n" if top.strip() == "" and rest else "") + top + rest)


def keep_theme(file: Path, theme: str) -> str:
    """Write the theme into the file. Returns why that failed, "" if it did not: no reason to end anything."""
    try:
        text = _text_of(file) if file.exists() else ""
        new = with_theme(text, theme)
        if tomllib.loads(new).get("theme") != theme:
            return f"{file} was left as it is: the theme has no plain line of its own in it."
        file.parent.mkdir(parents=True, exist_ok=True)
        _replace(file.resolve(), new)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return f"The theme is not kept: {getattr(error, 'strerror', None) or error}."
    return ""


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".config-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        Path(name).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
