"""What the commands' options share: durations as people write them, and who gets which words of `gotop run`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import click

HELP = ("--help", "-h")  # behind a program's name they ask for that program's help, whoever starts it
LONGEST_S = 10 * 365 * 24 * 3600.0
"""Ten years: beyond that clocks and waits overflow."""
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class DurationParam(click.ParamType[float]):
    """`10s`, `1m30s`, `500ms`, or a bare number of seconds; a float in seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse it, or say how durations are written."""
        if isinstance(value, float):
            return value
        seconds = parse_duration(str(value))
        if seconds is None:
            self.fail(f"{value!r} is not a duration. Write it like 10s, 1m30s or 500ms, ten years at most.", param, ctx)
        return seconds


def parse_duration(text: str) -> float | None:
    """Seconds, or None where it is not a duration."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        seconds = float(text)
    elif re.fullmatch(r"([0-9]+(\.[0-9]+)?(ms|s|m|h))+", text):
        pairs = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", text)
        seconds = sum(float(number) * UNITS[unit] for number, unit in pairs)
    else:
        return None
    return seconds if seconds <= LONGEST_S else None


class ServiceCommand(click.Command):
    """A command whose last words are a program and its arguments.

    gotop's options may stand before TARGET and directly after it. The first word after TARGET that is not one of them
    begins the service's own arguments, and everything from there on is the service's; `--` says so explicitly.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let click see gotop's own words only; the service's are in `ctx.meta`, untouched."""
        own, target, rest = split_words(args, self._options(ctx))
        ctx.meta["gotop.service_args"] = tuple(rest)
        return super().parse_args(ctx, [*own, "--", *target] if target else own)

    def _options(self, ctx: click.Context) -> dict[str, bool]:
        return {
            name: isinstance(param, click.Option) and not param.is_flag and not param.count
            for param in self.get_params(ctx)
            if isinstance(param, click.Option)
            for name in (*param.opts, *param.secondary_opts)
        }


def split_words(words: Sequence[str], options: Mapping[str, bool]) -> tuple[list[str], list[str], list[str]]:
    """gotop's options, TARGET (several words if they are .go files), the service's arguments.

    `options` are gotop's, and whether they take a value.
    """
    own, at = _take_options(words, 0, options, strict=False)
    if at < len(words) and words[at] == "--":
        at += 1
    target = list(words[at : at + 1])
    at += len(target)
    while target and target[0].endswith(".go") and at < len(words) and words[at].endswith(".go"):
        target.append(words[at])
        at += 1
    after = {name: takes for name, takes in options.items() if name not in HELP}
    more, at = _take_options(words, at, after, strict=True)
    rest = list(words[at:])
    return own + more, target, rest[1:] if rest[:1] == ["--"] else rest


def _take_options(words: Sequence[str], at: int, options: Mapping[str, bool], strict: bool) -> tuple[list[str], int]:
    """The options that stand at `at`; not strict: also unknown ones, for click to refuse."""
    taken: list[str] = []
    while at < len(words) and words[at].startswith("-") and words[at] not in ("-", "--"):
        name, has_value, _ = words[at].partition("=")
        if strict and name not in options:
            break
        width = 2 if options.get(name) and not has_value else 1
        taken += words[at : at + width]
        at += width
    return taken, at
