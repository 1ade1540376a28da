"""The agent's messages, as hookagent/PROTOCOL.md describes them: names and units are that document's.

Addresses are link-time. Every `at` is CLOCK_MONOTONIC nanoseconds of the service's machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias, get_args

from gotop.agent.delta_columns import MAX_CHANGED as MAX_CHANGED
from gotop.agent.delta_columns import DeltaColumns as DeltaColumns
from gotop.agent.runtime_messages import LABELS_DROPPED as LABELS_DROPPED
from gotop.agent.runtime_messages import LABELS_KEPT as LABELS_KEPT
from gotop.agent.runtime_messages import LABELS_UNREAD as LABELS_UNREAD
from gotop.agent.runtime_messages import NO_CREATOR as NO_CREATOR
from gotop.agent.runtime_messages import THREAD_CREATOR as THREAD_CREATOR
from gotop.agent.runtime_messages import AttributeDef as AttributeDef
from gotop.agent.runtime_messages import Attributes as Attributes
from gotop.agent.runtime_messages import AttributionDeltas as AttributionDeltas
from gotop.agent.runtime_messages import Events as Events
from gotop.agent.runtime_messages import FunctionName as FunctionName
from gotop.agent.runtime_messages import Gc as Gc
from gotop.agent.runtime_messages import GoroutineReading as GoroutineReading
from gotop.agent.runtime_messages import GoroutineRow as GoroutineRow
from gotop.agent.runtime_messages import PprofLabel as PprofLabel
from gotop.agent.runtime_messages import SizeClasses as SizeClasses
from gotop.agent.runtime_messages import Stw as Stw
from gotop.agent.runtime_messages import TypeName as TypeName
from gotop.agent.tick_messages import COPY as COPY
from gotop.agent.tick_messages import GO as GO
from gotop.agent.tick_messages import HEAP as HEAP
from gotop.agent.tick_messages import LARGE as LARGE
from gotop.agent.tick_messages import MALG as MALG
from gotop.agent.tick_messages import MAX_DEPTH as MAX_DEPTH
from gotop.agent.tick_messages import SAMPLE as SAMPLE
from gotop.agent.tick_messages import SITE_SAMPLE as SITE_SAMPLE
from gotop.agent.tick_messages import SMALL_NOSCAN as SMALL_NOSCAN
from gotop.agent.tick_messages import SMALL_SCAN as SMALL_SCAN
from gotop.agent.tick_messages import TINY as TINY
from gotop.agent.tick_messages import AgentStat as AgentStat
from gotop.agent.tick_messages import AgentTotals as AgentTotals
from gotop.agent.tick_messages import Functions as Functions
from gotop.agent.tick_messages import RuntimeStat as RuntimeStat
from gotop.agent.tick_messages import StackDef as StackDef
from gotop.agent.tick_messages import Stacks as Stacks
from gotop.agent.tick_messages import Tick as Tick
from gotop.agent.tick_messages import Types as Types
from gotop.agent.viewer_messages import Lost as Lost
from gotop.agent.viewer_messages import PcFrames as PcFrames
from gotop.agent.viewer_messages import Proc as Proc
from gotop.agent.viewer_messages import Recorded as Recorded
from gotop.agent.viewer_messages import SymbolFrame as SymbolFrame
from gotop.agent.viewer_messages import Symbols as Symbols
from gotop.agent.wire import MAX_MESSAGE as MAX_MESSAGE
from gotop.agent.wire import Codec, Decoder
from gotop.agent.wire import ProtocolError as ProtocolError

PROTOCOL = 1

SITES_SAMPLED = "sites+sampled"
"""The mode in which sites are counted exactly, and stacks sampled."""

SAMPLE_ONLY = "sample-only"
"""The mode in which nothing is hooked: samples are those of the runtime's own heap profile, whose PCs are of logical
frames, and counts begin with the service."""

CYCLE = 256
"""The reason of a stop of the world that stands for both stops of a GC cycle, of which only the sum is known."""


# Agent → viewer


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of every connection: who is watched, by what. A second one means full state follows again."""

    NAME: ClassVar[str] = "hello"
    proto: int
    agent: str
    pid: int
    agent_pid: int
    exe: str
    build_id: str
    args: tuple[str, ...]
    cwd: str
    go_version: str
    arch: str
    pie: bool
    stripped: bool
    started: int
    mono: int
    unix: int
    output: str
    hooks: tuple[str, ...]
    partial: tuple[str, ...]
    mode: str
    depth: int
    interval_ms: int
    attached: bool = False
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """What is in force now; `interval_ms` is this viewer's."""

    NAME: ClassVar[str] = "settings"
    mode: str
    depth: int
    interval_ms: int
    rate: int = 0


@dataclass(frozen=True, slots=True)
class Log:
    """A piece of the service's output. Pieces are cut anywhere, also inside a character."""

    NAME: ClassVar[str] = "log"
    fd: int
    off: int
    data: bytes
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ExeData:
    """Bytes of the executable; empty at its end."""

    NAME: ClassVar[str] = "exe"
    off: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The service is gone (or, `detached`, is left alone); nothing follows."""

    NAME: ClassVar[str] = "ended"
    at: int
    code: int | None
    signal: int | None
    core: bool
    by_us: bool
    detached: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """The agent's refusal of something, in words for people (`error` on the wire)."""

    NAME: ClassVar[str] = "error"
    code: str
    text: str


AgentMessage: TypeAlias = (
    Hello
    | Settings
    | Stacks
    | Types
    | Functions
    | Tick
    | Events
    | GoroutineReading
    | SizeClasses
    | Attributes
    | AttributionDeltas
    | Log
    | ExeData
    | Ended
    | Failure
    | Symbols
    | Proc
    | Recorded
)
"""Every message of the stream: the one list, which its codec and the tests against PROTOCOL.md and Go follow."""

Message: TypeAlias = AgentMessage | Lost

_AGENT = Codec(get_args(AgentMessage))


def encode(message: AgentMessage) -> bytes:
    """A message as the agent sends it, and as recordings hold it."""
    return _AGENT.encode(message)


def agent_decoder() -> Decoder:
    """Reads what agents send and recordings hold: yields `AgentMessage`."""
    return Decoder(_AGENT)


def decode_all(data: bytes) -> Iterator[AgentMessage]:
    """Every whole message in `data`."""
    yield from agent_decoder().feed(data)
