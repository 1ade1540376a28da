"""The table of call sites, alone (Sites, or of one type) or below the figures (Overview): each with its own look."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from gotop import units
from gotop.model.queries import ATTRIBUTED, OF_STACKS, UNHIDDEN, GroupBy, Hide, SiteSort, Window
from gotop.model.sites.site_rows import SiteRow
from gotop.model.values import Frame, GroupKey, RowKey, SiteKey
from gotop.ui import keys
from gotop.ui.frame.base_view import View
from gotop.ui.frame.chrome import filter_part, order_part, windows
from gotop.ui.frame.hiding import HIDE_WORDS
from gotop.ui.frame.status_text import no_reading
from gotop.ui.frame.time_windows import PLAIN_WINDOWS, WINDOW_TITLES, compares_marks
from gotop.ui.incremental_build import IncrementalBuild, progress_text
from gotop.ui.sites.columns import EVERY, columns_for
from gotop.ui.sites.view_options import NO_ROWS, SiteAnswer, ViewOptions, query_sites
from gotop.ui.text import Line, Part, width_of_line
from gotop.ui.widgets.line_table import LineTable

GROUP_WORDS = {
    GroupBy.SITE: "sites", GroupBy.LINE: "lines", GroupBy.MINE: "lines of yours", GroupBy.FUNCTION: "functions",
    GroupBy.CUMULATIVE: "functions with all they call", GroupBy.TYPE: "types",
    GroupBy.PACKAGE: "packages", GroupBy.MODULE: "modules", GroupBy.LABELS: "sets of labels",
    GroupBy.CREATOR: "creators",
}  # fmt: skip


class SitesView(View):
    """Figures (in the overview) and call sites. `scope`: a filter that no key takes away."""

    # In the footer, the keys for windows and pausing are of more use.
    BINDINGS: ClassVar[list[BindingType]] = [*keys.SITE_VIEW, *[replace(key, show=False) for key in keys.PANE]]

    def __init__(self, name: str, scope: str = "") -> None:
        super().__init__(name)
        self.options = ViewOptions(scope=scope)
        self._outer: list[tuple[ViewOptions, RowKey]] = []
        self._answer: SiteAnswer | None = None
        self._build = IncrementalBuild(self.set_timer, self._draw_again)

    def compose(self) -> ComposeResult:
        """Compose the table."""
        if not self.options.scope:
            self.options = replace(self.options, group=self.monitor.first_group)
        table = LineTable[RowKey, SiteRow](columns_for(self.options.group, False), self.monitor.clock, id="sites")
        yield table

    @property
    def table(self) -> LineTable[RowKey, SiteRow]:
        """The table."""
        return self.query_one(LineTable)

    def draw(self) -> None:
        """Show the rows; those that stand still are drawn when something is asked of them."""
        if not self.monitor.time.paused or self._answer is None:
            self.draw_rows()

    def draw_rows(self) -> None:
        """Draw the rows of the moment that is shown."""
        moment, window = self.monitor.time.moment, self.monitor.time.window
        totals = self.monitor.time.shows_whole_run
        self.options = self.options.for_totals(totals)
        if self._reads_stacks():
            return
        self._answer = query_sites(moment, self.options, window)
        table, compared = self.table, compares_marks(moment, window)
        table.use(columns_for(self.options.group, compared, totals))
        table.sorted_by = (self.options.order(compared).value, self.options.reverse)
        table.empty = self._empty()
        table.show(self._answer.rows)
        self._show_filter_result()

    def _reads_stacks(self) -> bool:
        """Return whether stacks have to be read before there are rows, and say how far that is."""
        group = self.options.group
        if group not in OF_STACKS:
            return False
        moment, hide = self.monitor.time.moment, self.options.hide
        progress = self._build.needs_more(lambda at_most: moment.read_stack_groups(group, hide, at_most))
        if progress is not None:
            self._answer = None
            self.table.use(columns_for(group, False))
            self.table.empty = [[(progress_text(progress), self.palette.dim)]]
            self.table.show(NO_ROWS)
        return progress is not None

    def _draw_again(self) -> None:
        if self.is_mounted:
            self.draw_rows()
            self.monitor.draw_bars()

    def time_changed(self) -> None:
        """Take the order that belongs to another moment or window, at once."""
        if self.is_mounted:
            self.table.release()
            self.draw_rows()

    def _empty(self) -> list[Line]:
        palette = self.palette
        if nothing := no_reading(self.monitor.session):
            return [[(nothing, palette.dim)]]
        if self.options.filter:
            error = self._answer.error if self._answer else ""
            return [
                [("No site matches ", palette.dim), (self.options.filter, palette.text)],
                [(error, palette.warn)] if error else [],
                [("Esc clears the filter", palette.dim)],
            ]
        if self.options.group in ATTRIBUTED:
            return self._empty_attribution()
        if self._answer and self._answer.concealed:
            return [[("Only hidden sites have allocated anything: x shows them", palette.dim)]]
        target = self.monitor.session.target
        if target and target.sample_only:
            what = "No sample has been taken yet" if target.rate else "The runtime of this program takes no samples"
            return [[(what, palette.dim)]]
        return [[("Nothing has been allocated yet", palette.dim)]]

    def _empty_attribution(self) -> list[Line]:
        live = self.monitor.feed.abilities.live
        text = "Counting by labels and creators begins…" if live else "By whom, was not counted when this was recorded"
        if live and (self.monitor.time.paused_seconds, self.monitor.time.back_seconds) != (None, None):
            text = "By whom, was not counted yet at this moment"
        return [[(text, self.palette.dim)]]

    # Order, groups, hiding

    def set_options(self, options: ViewOptions) -> None:
        """Take other options, at once."""
        self.options = options
        self.time_changed()
        self.refresh_bindings()
        self.monitor.draw_bars()

    def action_sort(self, step: int) -> None:
        """Order by the next column on the screen."""
        columns = [SiteSort(column.sort) for column in self.table.visible_columns() if column.sort]
        compared = compares_marks(self.monitor.time.moment, self.monitor.time.window)
        self.set_options(self.options.next_sort(step, columns, compared))

    def action_reverse(self) -> None:
        """Reverse the order."""
        self.set_options(replace(self.options, reverse=not self.options.reverse))

    def action_group(self, step: int) -> None:
        """Make rows of the next thing that sites share."""
        self._outer.clear()
        self.set_options(self.options.next_group(step))

    def action_hide(self) -> None:
        """Leave out the runtime, then the standard library, then nothing."""
        self.set_options(self.options.next_hide())

    def action_follow(self) -> None:
        """Keep the row in sight wherever it goes, or let it go."""
        self.table.follow(not self.table.following)
        self.monitor.draw_bars()

    def on_line_table_title_clicked(self, event: LineTable.TitleClicked) -> None:
        """Order by the column whose title was clicked."""
        event.stop()
        self.set_options(self.options.sorted_by(SiteSort(event.sort)))

    def on_line_table_chosen(self, event: LineTable.Chosen) -> None:
        """Go from a group to its sites, and from a site to its stacks."""
        event.stop()
        if isinstance(event.key, SiteKey):
            self.monitor.navigation.open_site(event.key, self.options.hide)
            return
        if not isinstance(event.key, GroupKey):
            return
        if self.options.group in OF_STACKS:  # its stacks have many sites, and sites stacks of others
            self._open_function(event.key)
            return
        if self.options.group not in ATTRIBUTED or not self._outer:  # pairs of labels and creator are the last step
            self._outer.append((self.options, event.key))
            self.set_options(self.options.within(event.key))

    def _open_function(self, key: GroupKey) -> None:
        if key.file or self.options.group is GroupBy.CUMULATIVE:
            hide = Hide.NOTHING if self.options.group in UNHIDDEN else self.options.hide
            self.monitor.navigation.open_function(Frame(key.function, key.file, key.line, False), hide)

    # Filter

    async def action_filter(self) -> None:
        """Open the line to type a filter in."""
        # To what one came by one adds; what one has typed one changes.
        await self.open_filter(self.options.filter + " " * bool(self._outer))
        self._show_filter_result()

    def action_clear_filter(self) -> None:
        """Go back to the group one came from, or to all rows."""
        if self._outer:
            options, key = self._outer.pop()
            self.set_options(options)
            self.table.move_to_key(key)
        else:
            self.set_options(replace(self.options, filter=""))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer Esc only if there is a filter to clear, and all the room only where something else takes some."""
        if action == "maximise":
            return False
        if action == "clear_filter":
            return bool(self.options.filter)
        return self.input_bar is None if action == "filter" else True

    def filter_typed(self, text: str) -> None:
        """Filter at once."""
        self._outer.clear()
        self.set_options(replace(self.options, filter=text))

    def focus_rows(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table)

    def _show_filter_result(self) -> None:
        if answer := self._answer:
            self.show_input_result(answer.error or f"{len(answer.rows):,} of {answer.total:,}", bool(answer.error))

    def state(self, action: str) -> str:
        """Return the state of order, group, filter, what is hidden, or the row that is followed."""
        order, titles = self.table.sorted_by, {each.sort: each.title for each in (*EVERY, *self.table.columns)}
        return {
            "sort": titles.get(order[0], "") if order else "",
            "reverse": "reversed" if self.options.reverse else "",
            "group": GROUP_WORDS[self.options.group],
            "hide": HIDE_WORDS[self.options.hide],
            "filter": self.options.filter,
            "follow": "following" if self.table.following else "",
        }.get(action, "")

    def _idle(self) -> bool:
        """Whether there are rows, and nothing was allocated in the window: all shares are 0 then."""
        time = self.monitor.time
        short = time.window in PLAIN_WINDOWS and time.window is not Window.TOTAL
        return short and bool(self._answer and len(self._answer.rows)) and not time.moment.rate(time.window).allocs

    def note(self) -> list[Part]:
        """Filter, number of rows, what is hidden, window."""
        palette, answer = self.palette, self._answer
        if answer is None:
            return []
        order = order_part(self.table.order_out_of_sight(EVERY), palette)
        parts: list[Part] = [order]
        if self.options.filter:
            width, wrong, taken = self.app.size.width, bool(answer.error), width_of_line(order[1])
            parts.insert(0, filter_part(self.options.filter, wrong, width, palette, taken))
        if self.table.following:
            parts.append((1, [("  following", palette.good)]))
        shown = f"{len(answer.rows):,} of " if self.options.filter else ""
        style = palette.dim if self.options.group is GroupBy.SITE else palette.accent
        if self._idle():
            title = WINDOW_TITLES[self.monitor.time.window]
            parts.append((0, [(f"  nothing in {'1 s' if title == 'now' else title}: w", palette.warn)]))
        parts.append((2, [(f"  {shown}{units.number_of(answer.total, GROUP_WORDS[self.options.group])}", style)]))
        if self.options.hide is not Hide.NOTHING and self.options.group not in UNHIDDEN:
            hidden = f"{answer.concealed:,}, {units.percent(answer.concealed_share)}"
            parts.append((1, [(f"  {HIDE_WORDS[self.options.hide]} (−{hidden})", palette.warn)]))
        compared = compares_marks(self.monitor.time.moment, self.monitor.time.window)
        return [*parts, (4, [(" ", palette.dim)]), *windows(self.monitor.time.window, palette, compared)]
