"""Names of addresses, as far as they are known: frames of PCs, names of types."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy

from gotop.agent.protocol import HEAP, PcFrames, TypeName
from gotop.model.symbols.call_site import in_runtime, site_index, statement_index
from gotop.model.symbols.own_code import OwnCode
from gotop.model.symbols.type_namesakes import TypeNamesakes
from gotop.model.values import Frame


class SymbolTable:
    """Frames of PCs and names of types. An address without a name is shown in hexadecimal: nothing is hidden or merged.

    Attributes:
        own: tells which frames are the user's own code.
        edition: another object whenever a PC that has been shown gets other frames.
    """

    def __init__(self, own: OwnCode | None = None) -> None:
        self.own = own or OwnCode()
        self._frames: dict[int, tuple[Frame, ...]] = {}
        self._types: dict[int, str] = {}
        self._namesakes = TypeNamesakes()
        self._interned: dict[Frame, Frame] = {}
        self._leaving: dict[int, tuple[tuple[Frame, ...], bool]] = {}
        self.edition = object()
        """Another one whenever addresses have got other frames than those shown before."""

    def add_frames(self, entries: Iterable[PcFrames]) -> set[int]:
        """Learn frames; return the PCs that have been shown with other frames."""
        changed = set[int]()
        for entry in entries:
            frames = tuple(self._intern(Frame(f.function, f.file, f.line, f.inlined)) for f in entry.frames)
            self.own.learn_main_module(frames)
            known = self._frames.get(entry.pc)
            if known is not None and known != frames:
                if not changed:  # whoever has the names as they are, see `standing`, keeps them
                    self._frames, self.edition = dict(self._frames), object()
                changed.add(entry.pc)
            # No frames is an answer too: a wrapper made by the compiler, which stacks leave out.
            self._frames[entry.pc] = frames
        return changed

    def add_types(self, entries: Iterable[TypeName]) -> set[int]:
        """Learn names of types; return the addresses that have been shown with other names."""
        changed = set[int]()
        for name in {entry.name for entry in entries if self._namesakes.add_type(entry)}:
            for addr, shown in self._namesakes.shown_names(name):
                known = self._types.get(addr)
                if known is not None and known != shown:
                    changed.add(addr)
                self._types[addr] = shown
        return changed

    def frames(self, pcs: Iterable[int]) -> tuple[Frame, ...]:
        """Return the logical frames of a stack, innermost first."""
        return tuple([frame for pc in pcs for frame in self._frames_at(pc)])

    def frozen_frames(self) -> Callable[[Iterable[int]], tuple[Frame, ...]]:
        """Return `frames` as it is now, whatever names come later for addresses that have been shown."""
        return copy(self).frames

    def type_name(self, addr: int) -> str:
        """Return the name of a type or, of a `go` statement, of the function started; "" for address 0."""
        if addr == 0:
            return ""
        name = self._types.get(addr)
        if name is None:
            # Kept, so that a name that comes later is known to change something.
            name = self._types[addr] = f"0x{addr:x}"
        return name

    def call_site(self, kind: int, pcs: Iterable[int]) -> Frame:
        """Return the frame at which a stack of this kind is counted, see `gotop.model.symbols.call_site`."""
        pcs = tuple(pcs)
        if kind == HEAP:
            for pc in pcs:  # as `site_index` does, without looking at the frames beyond
                if self.leaves_runtime(pc):
                    return next(frame for frame in self._frames_at(pc) if not in_runtime(frame))
        frames = self.frames(pcs)
        index = site_index(frames) if kind == HEAP else statement_index(frames)
        return frames[index] if index >= 0 else Frame("", "", 0, False)

    def site_length(self, pcs: Sequence[int]) -> int:
        """Return how many addresses of a heap allocation lead to its site, from the innermost one on; all if the stack
        never leaves the runtime.
        """
        return next((place for place, pc in enumerate(pcs, 1) if self.leaves_runtime(pc)), len(pcs))

    def leaves_runtime(self, pc: int) -> bool:
        """Return whether one of an address's frames belongs neither to the runtime nor to its helpers."""
        frames = self._frames_at(pc)
        known = self._leaving.get(pc)
        if known is None or known[0] is not frames:  # it may have got other names
            known = self._leaving[pc] = (frames, any(not in_runtime(frame) for frame in frames))
        return known[1]

    def root_function(self, pcs: Sequence[int]) -> str:
        """Return the function that the goroutine of a whole stack was started with, be it one that the compiler made to
        wrap a call; "" for no stack.
        """
        if not pcs:
            return ""
        last = pcs[-1]
        if len(pcs) > 1 and [frame.function for frame in self._frames_at(last)] == ["runtime.goexit"]:
            last = pcs[-2]
        named, frames = self._types.get(last), self._frames_at(last)
        return named or (frames[-1].function if frames else f"0x{last:x}")

    def _frames_at(self, pc: int) -> tuple[Frame, ...]:
        frames = self._frames.get(pc)
        if frames is None:
            frames = self._frames[pc] = (self._intern(Frame(f"0x{pc:x}", "", 0, False)),)
        return frames

    def _intern(self, frame: Frame) -> Frame:
        return self._interned.setdefault(frame, frame)
