"""A view as it is registered: made from its name, shown by its key."""

from __future__ import annotations

import pytest

from gotop.ui.frame.view_spec import ViewSpec
from gotop.ui.gc.view import GcView

TITLES = ("GC", "GC", "GC")


async def test_a_view_is_made_from_its_module_and_class() -> None:
    view = ViewSpec("gc", "GC", "5", "gotop.ui.gc.view:GcView", TITLES).make()
    assert isinstance(view, GcView) and view.id == "view-gc"


async def test_what_is_no_view_is_a_mistake() -> None:
    with pytest.raises(AttributeError):
        ViewSpec("gc", "GC", "5", "gotop.ui.gc.view:NoView", TITLES).make()


def test_its_key_has_priority_and_can_be_bound_anew() -> None:
    binding = ViewSpec("gc", "Collections", "5", "gotop.ui.gc.view:GcView", TITLES).binding
    assert (binding.key, binding.action, binding.id, binding.priority) == ("5", "view('gc')", "view.gc", True)
    assert binding.description == "Collections"
