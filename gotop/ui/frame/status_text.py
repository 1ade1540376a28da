"""What the state of the session is called on the screen. Pure."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import Enum

from gotop import units
from gotop.model.counts.sampling import sampling_text
from gotop.model.session import Session
from gotop.model.status.values import Ending, Health, Phase, Target, Totals, is_whole
from gotop.ui.feed import Position
from gotop.ui.monitor import ViewerState

OLD_PICTURE_S = 1.0
"""From this age on the state says how old the picture is; only below is it live."""
BANNER_AFTER_S = 5.0


class Tone(Enum):
    """How much attention something wants."""

    CALM = "calm"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class StatusText:
    """A few words about a state, and their tone."""

    text: str
    tone: Tone = Tone.CALM


def ago(seconds: float) -> str:
    """Write a span for a sentence: tenths only while they can be followed."""
    return f"{seconds:.1f} s" if seconds < 10 else units.age(seconds)


def chip(session: Session, viewer: ViewerState) -> StatusText:
    """Return the state of the session in a word or two."""
    phase = session.phase
    if viewer.stopping:
        return StatusText("◌ stopping", Tone.WARN)
    if viewer.failure:
        return StatusText("■ failed", Tone.BAD)
    if phase is Phase.ENDED:
        return _ended_chip(session.ending)
    if viewer.position:
        return _replay_chip(viewer.position)
    if phase is Phase.CONNECTING:
        return StatusText("◌ starting" if viewer.owns_service else "◌ connecting", Tone.CALM)
    age = ago(session.health().stale_s)
    if phase is Phase.LOST:
        return StatusText(f"■ lost {age}", Tone.BAD)
    if phase is Phase.RECONNECTING:
        return StatusText(f"↻ reconnecting {age}", Tone.WARN)
    if phase is Phase.STALE:
        return StatusText(f"◌ stale {age}", Tone.WARN)
    interval_s = session.target.interval_ms / 1000 if session.target else 0.0
    picture = session.health().age_s
    if picture >= max(OLD_PICTURE_S, 1.5 * interval_s):
        return StatusText(f"◌ {ago(picture)} old", Tone.CALM)
    return StatusText("● live", Tone.GOOD)


def _ended_chip(ending: Ending | None) -> StatusText:
    if ending is None or ending.code == 0 or ending.by_us:
        return StatusText("■ ended", Tone.CALM)
    return StatusText("■ detached", Tone.WARN) if ending.detached else StatusText("■ ended", Tone.BAD)


def _replay_chip(position: Position) -> StatusText:
    if position.at >= position.length:
        return StatusText(f"■ end of replay, {units.age(position.length)}")
    clock = f"{units.age(position.at)} of {units.age(position.length)}"
    mark = "‖" if position.paused else "▶"
    return StatusText(f"{mark} replay {clock}  {position.speed:g}×", Tone.WARN if position.paused else Tone.GOOD)


def coverage(totals: Totals, partial: bool) -> StatusText:
    """The hooked count beside the runtime's own, never rounded up to a whole; and that of bytes if it is another."""
    if totals.coverage is None:
        return StatusText("coverage –", Tone.WARN if partial else Tone.CALM)
    shares = [_tenths(totals.coverage)]
    text = f"coverage {shares[0] / 10:.1f} %"
    if totals.coverage_bytes is not None and not is_whole(totals.coverage_bytes):
        shares.append(_tenths(totals.coverage_bytes))
        text += f", bytes {shares[1] / 10:.1f} %"
    if totals.coverage_now is not None and is_whole(totals.coverage_now) != is_whole(totals.coverage):
        shares.append(_tenths(totals.coverage_now))
        text += f", now {shares[-1] / 10:.1f} %"
    if shares == [1000] and not partial and not totals.unattributed:
        return StatusText(text, Tone.GOOD)
    return StatusText(text, Tone.BAD if shares[-1] < 900 else Tone.WARN)


def _tenths(share: float) -> int:
    """A share in tenths of a percent: rounded down below a whole, to the nearest above."""
    return int(share * 1000 + 1e-6) if share < 1 else round(share * 1000)


def sampled(target: Target) -> StatusText:
    """In coverage's place where nothing is hooked: how far apart the runtime's own samples are."""
    return StatusText(
        units.about(f" {sampling_text(target.rate)}", target.rate > 1).strip(), Tone.CALM if target.rate else Tone.BAD
    )


def no_reading(session: Session) -> str:
    """What stands where rows would, as long as there has been no reading; nothing once there has."""
    if not session.now.timeline.empty:
        return ""
    waiting = session.phase in (Phase.CONNECTING, Phase.RECONNECTING)
    return "Waiting for the first reading…" if waiting else "There has been no reading"


def standstill(paused_s: float | None, back_s: float | None, brief: bool) -> str:
    """Why the tables do not move; nothing where they do. `brief`: a filter has to have room beside it."""
    if paused_s is not None:
        return f"‖ {paused_s:.0f} s" if brief else f"‖ table stands still {paused_s:.0f} s"
    return "" if back_s is None else f"◂ {units.age(back_s)} back"


def overhead(health: Health) -> str:
    """What the hooks cost, and what they may; nothing as long as it is not known."""
    if not health.price.share and not health.price.measured and not health.budget:
        return ""
    allowed = f" of {units.percent(health.budget)}" if health.budget else ""
    return f"hooks {units.interval(*astuple(health.price))}{allowed}"


def cost_meaning(health: Health) -> Iterator[str]:
    """Say in a sentence what the hooks and the agent cost; nothing as long as it is not known."""
    price = health.price_all
    if not price.share and not price.measured and not health.price_why:
        return
    share = units.interval(*astuple(price))
    why = f"; {health.price_why}" if health.price_why else ""
    yield (
        f"share of the service's CPU time, in the last seconds; {share} since they were placed. ≈ is measured by "
        f"samples (in brackets: 95 of 100 cases), ≥ is the least it can be{why}. "
        f"The agent has used {units.span(health.agent_cpu_s)} of CPU time beside it"
    )


def ended(ending: Ending) -> StatusText:
    """Return how the service ended, as a sentence."""
    after = f"after {units.span(max(0.0, ending.at))}"
    if ending.detached:
        return StatusText(f"Detached {after}: the service runs on, unhooked.", Tone.WARN)
    asked = " as asked" if ending.by_us else ""
    if ending.signal is not None:
        core = ", core dumped" if ending.core else ""
        tone = Tone.CALM if ending.by_us else Tone.BAD
        return StatusText(f"The service was ended by {_signal_name(ending.signal)}{asked} {after}{core}.", tone)
    if ending.code is None:
        return StatusText(f"The service ended {after}.", Tone.WARN)
    return StatusText(
        f"The service exited{asked} with code {ending.code} {after}.", Tone.BAD if ending.code else Tone.CALM
    )


def banner(session: Session, viewer: ViewerState) -> StatusText | None:
    """Return the one thing worth a line of its own; None where all is well."""
    if viewer.stopping:
        return StatusText("Stopping the service…  q again leaves at once.", Tone.WARN)
    if viewer.failure:
        return StatusText(viewer.failure, Tone.BAD)
    if session.ending is not None:
        said = ended(session.ending)
        return StatusText(said.text + "  Last figures; q quits.", said.tone)
    return _stream_banner(session) or _trust_banner(session)


def _stream_banner(session: Session) -> StatusText | None:
    health = session.health()
    why = health.notice.removesuffix(".")
    if session.phase is Phase.LOST:
        return StatusText(f"The connection is lost{why and f': {why}'}. Last figures; q quits.", Tone.BAD)
    if session.phase is Phase.OVER:
        return StatusText(f"{health.notice} Last figures; q quits.", Tone.WARN)
    if session.phase is Phase.RECONNECTING:
        again = f"trying again. Figures are {ago(health.stale_s)} old."
        return StatusText(f"The connection is lost{why and f' ({why})'}, {again}", Tone.WARN)
    if session.phase is Phase.STALE and health.stale_s >= BANNER_AFTER_S:
        return StatusText(
            f"Nothing heard from the agent for {ago(health.stale_s)}. These are the last figures.", Tone.WARN
        )
    return None


def _trust_banner(session: Session) -> StatusText | None:
    health = session.health()
    partial, target = health.partial, session.target
    if target and target.sample_only:
        if not target.rate:
            why = "runtime.MemProfileRate is 0: no samples are taken, no call sites known"
            return StatusText(f"{why}. gotop attach {target.pid} counts every allocation; more: ?", Tone.WARN)
        partial = partial[1:]  # the first one says what this session is, and so does the header
    if partial:
        more = f"  (1 of {len(partial)}, see ?)" if len(partial) > 1 else ""
        if _counts_all(session.totals()):
            return StatusText(f"Partial: {partial[0]}{more}", Tone.WARN)
        return StatusText(f"Partial coverage: {partial[0]}{more}", Tone.WARN)
    return StatusText(health.notice, Tone.WARN) if health.notice else None


def _counts_all(totals: Totals) -> bool:
    """Whether every allocation is counted, so that what is missing is detail."""
    shares = (totals.coverage, totals.coverage_bytes)
    return not totals.unattributed and all(share is not None and is_whole(share) for share in shares)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
