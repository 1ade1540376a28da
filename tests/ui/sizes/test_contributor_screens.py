"""What is behind a size class."""

from __future__ import annotations

import pytest

from tests.ui.busy import Busy
from tests.ui.pressing import Snap, pressing
from tests.ui.stage import stage


@pytest.mark.parametrize("size", [(80, 24), (140, 40)], ids=lambda size: f"{size[0]}")
def test_a_class(snap_compare: Snap, size: tuple[int, int]) -> None:
    app, _, _ = stage(Busy().run(45))
    assert snap_compare(app, terminal_size=size, run_before=pressing("7", "enter"))
