"""What `gotop attach --container` and `--pod` mean: the one Go program of this machine that runs there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click

from gotop.agent.containers import SHOWN, Container
from gotop.agent.processes import GoProcess, go_processes
from gotop.cli.errors import Refusal
from gotop.cli.ps import shortened
from gotop.printable import MultilineText


def pid_in_container(which: str | None, container: str | None, pod: str | None) -> str:
    """Return the PID of the Go program in a container, or in a pod. Raises Refusal, UsageError."""
    if which is not None or (container and pod):
        raise click.UsageError("Name a PID, a socket, a container or a pod: one of them.")
    there = [process for process in go_processes() if process.container is not None]
    found = [process for process in there if process.container and _is_meant(process.container, container, pod)]
    place = f"container {container}" if container else f"pod {pod}"
    if not found:
        raise Refusal(_none_there(f"No Go program that you may look at runs in {place}.", there))
    if len(found) > 1:
        several = f"Several Go programs run in {place}. Name one by its PID: gotop attach PID."
        raise Refusal(MultilineText(several, *_lines(found)))
    return str(found[0].pid)


def _is_meant(there: Container, container: str | None, pod: str | None) -> bool:
    return there.is_called(container) if container else there.is_in_pod(pod or "")


def _none_there(said: str, there: list[GoProcess]) -> MultilineText:
    if not there:
        return MultilineText(
            f"{said} None runs in any container that its cgroup names (root sees those of other users, too)."
        )
    return MultilineText(f"{said} These run in others:", *_lines(there))


def _lines(processes: Iterable[GoProcess]) -> Iterator[str]:
    for process in processes:
        if there := process.container:
            yield f"  {process.pid}  {there.id[:SHOWN]} {there.host}  {process.exe} {shortened(process.args)}"
