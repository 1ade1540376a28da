"""`--exact FILTER`: of which code whole stacks are kept in modes that keep sites alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from gotop.cli.errors import Refusal
from gotop.golang.binary import GoBinary
from gotop.golang.plan import HookPlan
from gotop.golang.site_code import site_code

_PLACES = ("pkg:", "func:")


def check_filters(filters: Sequence[str]) -> None:
    """Refuse filters that cannot be told from the program's functions. Raises UsageError."""
    if not filters:
        return
    from gotop.model.sites.filter_query import looks_only_at, parse_filter  # it loads numpy, --help does not

    for text in filters:
        query = parse_filter(text)
        if query.error:
            raise click.UsageError(f"--exact {text!r}: {query.error}")
        if not query.terms or not looks_only_at(query, _PLACES):
            raise click.UsageError(
                f"--exact {text!r} has to name packages or functions, such as --exact pkg:=shop/payment or --exact "
                "func:decode: which stacks are kept whole is decided by the code that allocates, before it runs."
            )


def with_whole_stacks(plan: HookPlan, binary: GoBinary, filters: Sequence[str]) -> HookPlan:
    """Return the plan with the code that any of the filters matches. Raises Refusal where one matches nothing."""
    if not filters:
        return plan
    from gotop.model.sites.filter_query import FilterText, parse_filter

    ranges = list[tuple[int, int]]()
    for text in filters:
        query = parse_filter(text)
        found = site_code(binary, lambda name, query=query: query.matches(FilterText(name)))  # type: ignore[misc]
        if not found:
            raise Refusal(
                f"{plan.exe} has no function that --exact {text!r} matches. Names are as Sites shows them, packages "
                "with their import path; = is the whole name: --exact pkg:payment finds any that contains it."
            )
        ranges += found
    return replace(plan, whole_stacks=tuple(ranges))
