"""Names of addresses, as far as they are known: PCs → frames, type descriptors → type names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy

from gotop.agent.protocol import HEAP, PcFrames, TypeName
from gotop.model.symbols.call_site import site_index, statement_index
from gotop.model.values import Frame


class SymbolTable:
    """Interned names. An address without a name shows itself in hexadecimal, so that nothing is hidden or merged."""

    def __init__(self) -> None:
        self._frames: dict[int, tuple[Frame, ...]] = {}
        self._types: dict[int, str] = {}
        self._interned: dict[Frame, Frame] = {}
        self.edition = object()
        """Another one whenever addresses have got other frames than those shown before."""

    def add_frames(self, entries: Iterable[PcFrames]) -> set[int]:
        """Learn frames; returns the PCs whose frames are now others than those shown before."""
        changed = set[int]()
        for entry in entries:
            frames = tuple(self._intern(Frame(f.function, f.file, f.line, f.inlined)) for f in entry.frames)
            known = self._frames.get(entry.pc)
            if known is not None and known != frames:
                if not changed:  # whoever has the names as they are, see `standing`, keeps them
                    self._frames, self.edition = dict(self._frames), object()
                changed.add(entry.pc)
            # No frames is an answer too: a wrapper made by the compiler, which stacks leave out.
            self._frames[entry.pc] = frames
        return changed

    def add_types(self, entries: Iterable[TypeName]) -> set[int]:
        """Learn type names; returns the addresses whose name is now another than that shown before."""
        changed = set()
        for entry in entries:
            known = self._types.get(entry.addr)
            if entry.name and known != entry.name:
                if known is not None:
                    changed.add(entry.addr)
                self._types[entry.addr] = entry.name
        return changed

    def frames(self, pcs: Iterable[int]) -> tuple[Frame, ...]:
        """The logical frames of a stack, innermost first."""
        return tuple([frame for pc in pcs for frame in self._frames_at(pc)])

    def frozen_frames(self) -> Callable[[Iterable[int]], tuple[Frame, ...]]:
        """The frames of stacks as they are called now, whatever names come for the addresses that stacks have."""
        return copy(self).frames

    def type_name(self, addr: int) -> str:
        """Name of a type or, for `go` statements, of the function started; "" for address 0."""
        if addr == 0:
            return ""
        name = self._types.get(addr)
        if name is None:
            # Kept, so that a name that comes later is known to change something.
            name = self._types[addr] = f"0x{addr:x}"
        return name

    def call_site(self, kind: int, pcs: Iterable[int]) -> Frame:
        """Where a stack of this kind is counted, see `gotop.model.symbols.call_site`."""
        frames = self.frames(pcs)
        index = site_index(frames) if kind == HEAP else statement_index(frames)
        return frames[index] if index >= 0 else Frame("", "", 0, False)

    def root_function(self, pcs: Sequence[int]) -> str:
        """The function that the goroutine of a whole stack was started with, also one that the compiler made to wrap a
        call; "" for no stack.
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
