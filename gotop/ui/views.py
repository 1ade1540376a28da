"""The views: another one is its folder and a line here. Keys, tabs, help and palette follow from that line."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.binding import Binding

from gotop.ui import keys
from gotop.ui._textual_internals import configured_keys
from gotop.ui.frame.help import KeyGroup
from gotop.ui.frame.view_spec import ViewSpec

VIEWS: tuple[ViewSpec, ...] = (
    ViewSpec("overview", "Overview", "1", "gotop.ui.overview.view:OverviewView", ("Overview", "Over", "Ov")),
    ViewSpec("sites", "Sites", "2", "gotop.ui.sites.view:SitesView", ("Sites", "Sites", "Si")),
    ViewSpec("flame", "Flame", "3", "gotop.ui.flame.view:FlameView", ("Flame", "Flame", "Fl"),
             (*keys.FLAME_GRAPH, *keys.FLAME_VIEW), lists_rows=False),
    ViewSpec("goroutines", "Goroutines", "4", "gotop.ui.goroutines.view:GoroutinesView", ("Go", "Go", "Go")),
    ViewSpec("gc", "GC", "5", "gotop.ui.gc.view:GcView", ("GC", "GC", "GC"), keys.TIME_LINE, has_window=False),
    ViewSpec("log", "Log", "6", "gotop.ui.log.view:LogView", ("Log", "Log", "Lg"),
             (*keys.LOG, *keys.LOG_VIEW), lists_rows=False, has_window=False, has_past=False),
    ViewSpec("sizes", "Sizes", "7", "gotop.ui.sizes.view:SizesView", ("Sizes", "Sizes", "Sz"), has_window=False),
)  # fmt: skip
"""In the order of the tabs; the first one is shown first."""


def view_bindings() -> list[Binding]:
    """Return the keys that show the views."""
    return [spec.binding for spec in VIEWS]


def bound_keys(app: App[Any]) -> dict[str, str]:
    """Return the key of every view by the view's name, as bound now."""
    configured = configured_keys(app)
    keys_: dict[str, str] = {}
    for spec in VIEWS:
        binding = spec.binding
        bound = binding.with_key(configured.get(binding.id or "", binding.key))
        keys_[spec.name] = app.get_key_display(next(iter(Binding.make_bindings([bound]))))
    return keys_


def key_groups() -> tuple[list[KeyGroup], list[KeyGroup], list[KeyGroup]]:
    """Return all keys in three columns: those that hold everywhere, those of rows and stacks, those of other views."""
    of_rows = [(spec.title, spec.keys) for spec in VIEWS if spec.keys and spec.lists_rows]
    of_others = [(spec.title, spec.keys) for spec in VIEWS if spec.keys and not spec.lists_rows]
    return (
        [("Everywhere", (*view_bindings(), *keys.APP)), ("Moving", (*keys.TABLE, *keys.SCROLL))],
        [
            ("Rows of all views", (*keys.SITE_VIEW, *keys.PANE)),
            *of_rows,
            ("While typing a filter", keys.FILTER),
            ("Stacks and functions", keys.STACKS),
            ("Callers and callees", keys.TREE),
        ],
        [*of_others, ("Stack frames and source", keys.SOURCE_LINE)],
    )


def key_ids() -> set[str]:
    """Return the ids by which keys can be bound in the configuration file."""
    return {binding.id for binding in view_bindings() if binding.id} | keys.ids()
