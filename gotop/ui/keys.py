"""All keys but those that show a view, which are in `gotop.ui.views`. Each has an id, by which a user can bind it to
another key.
"""

from __future__ import annotations

from textual.binding import Binding

# With priority, what opens something is done before the next key is given to whoever had the focus until then.

APP = (
    Binding("w", "window", "Window", id="figures.window"),
    Binding("space,p", "pause", "Pause", id="figures.pause"),
    Binding("m", "mark", "Mark", id="figures.mark"),
    Binding("M", "unmark", "Forget the marks", show=False, id="figures.unmark"),
    Binding("left_square_bracket", "step(-1)", "5 s back", show=False, key_display="[", id="figures.back"),
    Binding("right_square_bracket", "step(1)", "5 s on", show=False, key_display="]", id="figures.on"),
    Binding("end", "live", "Live", priority=True, id="figures.live"),
    Binding("e", "mode", "Mode and budget", show=False, id="source.mode"),
    Binding("plus,equals_sign", "interval(-1)", "Read more often", show=False, key_display="+", id="source.faster"),
    Binding("minus", "interval(1)", "Read less often", show=False, key_display="-", id="source.slower"),
    Binding("left_square_bracket", "replay_speed(-1)", "Slower", key_display="[", id="replay.slower"),
    Binding("right_square_bracket", "replay_speed(1)", "Faster", key_display="]", id="replay.faster"),
    Binding("left", "replay_seek(-5)", "Back 5 s", show=False, id="replay.back"),
    Binding("right", "replay_seek(5)", "On 5 s", show=False, id="replay.on"),
    Binding("E", "export", "Export", show=False, id="gotop.export"),
    Binding("ctrl+p,colon", "command_palette", "All commands", show=False, id="gotop.commands"),
    Binding("question_mark", "help", "Help", key_display="?", id="gotop.help"),
    Binding("q", "leave", "Quit", id="gotop.quit"),
    Binding("ctrl+c,ctrl+q", "leave", "Quit", show=False, priority=True, id="gotop.interrupt"),
    Binding("ctrl+z", "suspend_process", "Suspend (fg resumes)", show=False, priority=True, id="gotop.suspend"),
)

TABLE = (
    Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
    Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.pageup"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.pagedown"),
    Binding("home,g", "first", "First, and stay there", show=False, id="table.first"),
    Binding("end,G", "last", "Last", show=False, id="table.last"),
    Binding("enter", "choose", "Open", id="table.open"),
)

SITE_VIEW = (
    Binding("slash", "filter", "Filter", key_display="/", priority=True, id="sites.filter"),
    Binding("s,greater_than_sign", "sort(1)", "Sort", id="sites.sort_next"),
    Binding("S,less_than_sign", "sort(-1)", "Sort by the column before", show=False, id="sites.sort_previous"),
    Binding("r", "reverse", "Reverse", show=False, id="sites.reverse"),
    Binding("t", "group(1)", "Group", id="sites.group"),
    Binding("T", "group(-1)", "Group by the one before", show=False, id="sites.ungroup"),
    Binding("x", "hide", "Hide runtime, standard library", show=False, id="sites.hide"),
    Binding("F", "follow", "Follow the row", show=False, id="sites.follow"),
    Binding("escape", "clear_filter", "Clear filter", id="sites.clear"),
)

TIME_LINE = (
    Binding("left_parenthesis", "zoom(1)", "Longer time line", key_display="(", id="gc.longer"),
    Binding("right_parenthesis", "zoom(-1)", "Shorter time line", show=False, key_display=")", id="gc.shorter"),
)

FILTER = (
    Binding("escape", "cancel", "Clear", priority=True, id="filter.clear"),
    Binding("enter", "keep", "Keep", priority=True, id="filter.keep"),
    Binding("down", "keep", "Keep", show=False, priority=True, id="filter.leave"),
)

BACK = Binding("escape,backspace", "back", "Back", id="stacks.back")

STACKS = (
    BACK,
    Binding("tab", "app.focus_next", "Next pane", id="stacks.next"),
    Binding("shift+tab", "app.focus_previous", "Pane before", show=False, id="stacks.previous"),
    Binding("x", "hide", "Hide library frames", id="stacks.hide"),
)

TREE = (
    Binding("right,l", "expand(True)", "Unfold", id="tree.unfold"),
    Binding("left,h", "expand(False)", "Fold", id="tree.fold"),
)

FLAME_GRAPH = (
    Binding("up,k", "vertical(-1)", "Up", show=False, id="flame.up"),
    Binding("down,j", "vertical(1)", "Down", show=False, id="flame.down"),
    Binding("left,h", "horizontal(-1)", "Left", show=False, id="flame.left"),
    Binding("right,l", "horizontal(1)", "Right", show=False, id="flame.right"),
    Binding("enter", "zoom_in", "Zoom", id="flame.zoom"),
    Binding("escape,backspace", "zoom_out", "Zoom out", id="flame.out"),
    Binding("home,g", "zoom_reset", "Show everything", show=False, id="flame.reset"),
    Binding("i", "turn", "Flame or icicle", show=False, id="flame.turn"),
    Binding("c", "fold", "Fold chains", id="flame.fold"),
)

FLAME_VIEW = (
    Binding("slash", "filter", "Filter", key_display="/", priority=True, id="flame.filter"),
    Binding("f,s", "search", "Search", priority=True, id="flame.search"),
    Binding("b", "unit", "Bytes or allocations", id="flame.unit"),
    Binding("a", "around", "Callers and callees", id="flame.around"),
    Binding("x", "hide", "Hide library frames", show=False, id="flame.hide"),
    Binding("escape", "clear_filter", "Clear search, filter", id="flame.clear"),
)

LOG = (
    Binding("f", "follow", "Follow", id="log.follow"),
    Binding("n", "match(1)", "Next match", id="log.next"),
    Binding("N", "match(-1)", "Match before", show=False, id="log.previous"),
    Binding("escape", "forget", "Forget the search", show=False, id="log.forget"),
)

LOG_VIEW = (
    Binding("slash", "search", "Search", key_display="/", priority=True, id="log.search"),
    Binding("S", "save", "Save", id="log.save"),
)

SOURCE_LINE = (
    Binding("y", "copy_place", "Copy file:line", id="source.copy"),
    Binding("o", "open_editor", "Open in $EDITOR", id="source.edit"),
)

PANE = (Binding("z", "maximise", "Maximise", id="pane.maximise"),)

HELP = (Binding("escape,q,question_mark", "dismiss", "Close", id="help.close"),)

SCROLL = (
    Binding("up,k", "move(-1)", "Up", show=False, id="scroll.up"),
    Binding("down,j", "move(1)", "Down", show=False, id="scroll.down"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="scroll.pageup"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="scroll.pagedown"),
    Binding("home,g", "first", "First, and stay there", show=False, id="scroll.first"),
    Binding("end,G", "last", "Last", show=False, id="scroll.last"),
    Binding("left,h", "sideways(-8)", "Left", show=False, id="scroll.left"),
    Binding("right,l", "sideways(8)", "Right", show=False, id="scroll.right"),
)


def ids() -> set[str]:
    """Return the ids of all keys in this module."""
    groups = (value for name, value in globals().items() if name.isupper() and isinstance(value, tuple))
    return {binding.id for group in groups for binding in group if binding.id}
