"""The widget with the boxes: captions, keys and the mouse, before anybody looks at it as a view."""

from __future__ import annotations

from gotop.model.queries import Window
from gotop.model.trees.flame_graph import ROOT, FlameQuery
from gotop.ui.flame.flame_graph import caption
from gotop.ui.flame.layout import layout
from tests.ui.stage import stage
from tests.ui.synthetic import Service


def test_a_caption_fills_its_box_but_for_the_edge() -> None:
    app, _, _ = stage(Service().run(5))
    flame = app.session.flame(FlameQuery(Window.TOTAL))
    for fold in (True, False):
        for row in layout(flame, ROOT, 97, fold):
            for box in row:
                assert len(caption(box, flame)) == max(0, box.width - 1)


def test_a_folded_chain_says_how_many_calls_it_hides() -> None:
    app, _, _ = stage(Service().run(5))
    flame = app.session.flame(FlameQuery(Window.TOTAL))
    folded = [box for row in layout(flame, ROOT, 1000, True) for box in row if box.folded and box.width > 200]
    assert {box.folded > 1 for box in folded} == {False, True}
    for box in folded:
        said = caption(box, flame)
        assert said.count("›") == (2 if box.folded > 1 else 1)
        assert f"› {box.folded - 1} more ›" in said or box.folded == 1
