"""From TARGET to something that can be started: built if need be, read, with its hook plan. Nothing has run yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gotop.agent.permission import forbidden_outright, lost_privileges
from gotop.cli.errors import Refusal
from gotop.cli.progress import Progress
from gotop.cli.whole_stacks import with_whole_stacks
from gotop.gobuild.build import Built, build
from gotop.gobuild.target import Binary, Package, resolve_target
from gotop.golang.binary import GoBinary
from gotop.golang.plan import plan_of


@dataclass(frozen=True)
class PreparedTarget:
    """A program that can be hooked. `exe` is its argv[0]; `built` is ours to delete."""

    exe: str
    binary: GoBinary
    plan: str
    built: Built | None = None

    def clean_up(self) -> None:
        """Delete what was built for this run."""
        if self.built:
            self.built.remove()


def prepare_target(target: Sequence[str], exact: Sequence[str] = ()) -> PreparedTarget:
    """Build and read TARGET. `exact`: see `HookOptions`. Raises what `gotop.cli.errors` tells people."""
    reason = forbidden_outright()
    if reason:
        raise Refusal(reason)
    what = resolve_target(target[0], target[1:])
    if isinstance(what, Binary):
        reason = lost_privileges(what.exe)
        if reason:
            raise Refusal(reason)
        return _read_binary(what.exe, None, exact)
    built = _build(what)
    try:
        return _read_binary(str(built.exe), built, exact)
    except BaseException:
        built.remove()
        raise


def _build(package: Package) -> Built:
    with Progress(f"Building {package.shown}") as progress:
        return build(package, lambda count, name: progress.update(f"{_packages(count)} compiled, {name}"))


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count} packages"


def _read_binary(exe: str, built: Built | None, exact: Sequence[str]) -> PreparedTarget:
    with Progress(f"Reading {exe}"):
        binary = GoBinary.open(exe)
        return PreparedTarget(exe, binary, with_whole_stacks(plan_of(binary), binary, exact).to_json(), built)
