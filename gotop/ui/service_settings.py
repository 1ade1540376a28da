"""What one asks of the agent: how often it reads, what it keeps of an allocation, what that may cost."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import App, SystemCommand

from gotop.model.session import Session
from gotop.model.status.values import Ending
from gotop.ui.feed import Feed

INTERVALS_MS = (50, 100, 200, 500, 1000, 2000, 5000)

MODES = (
    ("exact", "every allocation with type and full stack"),
    ("sites", "every allocation with type and its innermost frames"),
    ("sampled", "a sample of the bytes, with type and full stack"),
    ("count", "only how many and how large"),
    ("off", "nothing: the service has its own code"),
)
BUDGETS = (0.0, 0.01, 0.03, 0.05, 0.1)
"""Shares of the service's CPU time that the hooks may take; 0: any."""


class SettingsApp(App[Ending | None]):
    """The part of the app that has a feed to ask."""

    session: Session
    feed: Feed

    async def action_interval(self, step: int) -> None:
        """Read more or less often."""
        if self.session.target is None:
            return
        now = self.session.target.interval_ms
        nearest = min(range(len(INTERVALS_MS)), key=lambda index: abs(INTERVALS_MS[index] - now))
        wanted = INTERVALS_MS[min(max(nearest + step, 0), len(INTERVALS_MS) - 1)]
        await self.feed.set_interval(wanted)
        self.notify(f"A reading every {wanted} ms", timeout=2)

    async def action_mode(self) -> None:
        """Choose what is kept of an allocation."""
        if refusal := self._nothing_hooked():
            self.notify(refusal, severity="warning", timeout=8)
            return
        await self.search_commands(
            [(command.title, command.callback, command.help) for command in self.settings()],
            placeholder="What is kept of an allocation, and what it may cost",
        )

    async def action_set_mode(self, mode: str) -> None:
        """Another mode, for all viewers."""
        if refusal := self._nothing_hooked():
            self.notify(refusal, severity="warning", timeout=8)
            return
        await self.feed.set_mode(mode)
        self.notify(f"Mode {mode}: {dict(MODES)[mode]}", timeout=3)

    async def action_set_budget(self, share: float) -> None:
        """What the hooks may cost."""
        await self.feed.set_budget(share)
        self.notify(budget_title(share), timeout=3)

    def _nothing_hooked(self) -> str:
        """Why there is nothing to choose; "" where there is."""
        target = self.session.target
        if target is None or not target.sample_only:
            return ""
        return (
            "Nothing is hooked in this session: it reads samples that the service's runtime takes anyway. "
            f"To count every allocation, quit and run: gotop attach {target.pid}"
        )

    def settings(self) -> Iterable[SystemCommand]:
        """Modes and budgets to choose from, the ones in force marked; none where nothing is hooked."""
        if self._nothing_hooked():
            return
        now = self.session.target.mode if self.session.target else ""
        for mode, what in MODES:
            here = " ●" if mode == now else ""
            yield SystemCommand(f"Mode: {mode}{here}", what, lambda mode=mode: self._do(f"set_mode('{mode}')"))
        budget = self.session.health().budget
        for share in BUDGETS:
            here = " ●" if share == budget else ""
            what = "the mode gives way when the hooks take more CPU time" if share else "the mode stays what it is"
            yield SystemCommand(budget_title(share) + here, what, lambda share=share: self._do(f"set_budget({share})"))

    def _do(self, action: str) -> None:
        self.call_later(self.run_action, action)


def budget_title(share: float) -> str:
    """A budget in a word or two."""
    return f"Budget: {share:>3.0%} of the service's CPU time" if share else "Budget: none"
