"""What can be asked of the agent: how often it reads, what it keeps of an allocation, what that may cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gotop.model.session import Session
from gotop.ui.feed import Feed

INTERVALS_MS = (50, 100, 200, 500, 1000, 2000, 5000)

MODES = (
    ("exact", "every allocation with type and full stack"),
    ("sites", "every allocation with type and its innermost frames"),
    ("sampled", "a sample of the bytes, with type and full stack"),
    ("sites+sampled", "every allocation with type and call site; full stacks of a sample (≈)"),
    ("count", "only how many and how large"),
    ("off", "nothing: the service has its own code"),
)
BUDGETS = (0.0, 0.01, 0.03, 0.05, 0.1)
"""Shares of the service's CPU time that the hooks may take; 0: any."""


@dataclass(frozen=True)
class Setting:
    """A mode or a budget to choose: its title (● if it is in force), what it means, and the app's action for it."""

    title: str
    meaning: str
    action: str


class ServiceSettings:
    """Changes mode, budget and interval of a session by way of its feed. Answers are sentences for the user."""

    def __init__(self, session: Session, feed: Feed) -> None:
        self._session = session
        self._feed = feed

    async def step_interval(self, step: int) -> str:
        """Ask for the next longer interval (1) or the next shorter one (-1). "" where no agent has been heard yet."""
        if self._session.target is None:
            return ""
        now = self._session.target.interval_ms
        nearest = min(range(len(INTERVALS_MS)), key=lambda index: abs(INTERVALS_MS[index] - now))
        wanted = INTERVALS_MS[min(max(nearest + step, 0), len(INTERVALS_MS) - 1)]
        await self._feed.set_interval(wanted)
        return f"A reading every {wanted} ms"

    async def set_mode(self, mode: str) -> str:
        """Ask for another mode, which holds for all viewers. To be asked only where `refusal` is ""."""
        await self._feed.set_mode(mode)
        return f"Mode {mode}: {dict(MODES)[mode]}"

    async def set_budget(self, share: float) -> str:
        """Ask for another budget: what the hooks may take of the service's CPU time, 0 to 1; 0: any."""
        await self._feed.set_budget(share)
        return budget_title(share)

    def refusal(self) -> str:
        """Return why there is no mode to choose; "" where there is."""
        target = self._session.target
        if target is None or not target.sample_only:
            return ""
        return (
            "Nothing is hooked in this session: it reads samples that the service's runtime takes anyway. "
            f"To count every allocation, quit and run: gotop attach {target.pid}"
        )

    def choices(self) -> Iterator[Setting]:
        """Return all modes and budgets; none where nothing is hooked."""
        if self.refusal():
            return
        mode_now = self._session.target.mode if self._session.target else ""
        for mode, meaning in MODES:
            yield Setting(f"Mode: {mode}{' ●' if mode == mode_now else ''}", meaning, f"set_mode('{mode}')")
        budget_now = self._session.health().budget
        for share in BUDGETS:
            meaning = "the mode gives way when the hooks take more CPU time" if share else "the mode stays what it is"
            here = " ●" if share == budget_now else ""
            yield Setting(budget_title(share) + here, meaning, f"set_budget({share})")


def budget_title(share: float) -> str:
    """Name a budget as the palette has it."""
    return f"Budget: {share:>3.0%} of the service's CPU time" if share else "Budget: none"
