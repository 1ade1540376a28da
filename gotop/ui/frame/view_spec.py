"""What the frame around the views knows of each of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from textual.binding import Binding

from gotop.ui.frame.base_view import View


@dataclass(frozen=True)
class ViewSpec:
    """A view of the main screen.

    `name`: its id, in actions, bindings and widget ids. `key`: the key it has unless it is bound to another.
    `view`: module and class, imported when the view is first looked at: the first frame does not need the others.
    `titles`: what the tabs call it, ever shorter: where names still have room around them, where they have none, and
    where two letters have to do. `keys`: keys of its own, for the help page; `lists_rows`: they come on top of those
    that all views with rows have. `has_window`: windows apply to it. `has_past`: it can show another moment than now.
    """

    name: str
    title: str
    key: str
    view: str
    titles: tuple[str, str, str]
    keys: tuple[Binding, ...] = ()
    lists_rows: bool = True
    has_window: bool = True
    has_past: bool = True

    def make(self) -> View:
        """Make the widget; imports its module."""
        module, _, name = self.view.partition(":")
        view = getattr(import_module(module), name)(self.name)
        assert isinstance(view, View), self.view
        return view

    @property
    def binding(self) -> Binding:
        """The key that shows it. With priority: the next key is the view's, not that of the widget with the focus."""
        action, id_ = f"view('{self.name}')", f"view.{self.name}"
        return Binding(self.key, action, self.title, show=False, priority=True, id=id_)
