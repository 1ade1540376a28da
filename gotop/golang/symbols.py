"""PCs into functions, files, lines and inlined calls; type addresses into names.

The rules are those of runtime.Callers and runtime.CallersFrames, so that a stack reads as the program itself would
print it (runtime/symtab.go, symtabinl.go, traceback.go):

* A PC on a stack is a return address; the call is the instruction before it. A PC that is a function's entry, as `go`
  statements have it, means that entry.
* A frame that did not call but was interrupted, below runtime.sigpanic or runtime.asyncPreempt, has the PC of the
  instruction itself: `stack` sees that, `frames` cannot.
* Wrappers that the compiler made (method wrappers, `defer` and `go` wrappers) are left out unless they called a panic
  function, so `frames` of a return address into a wrapper may be empty.
* Type arguments are printed as `[...]`.
* Code that is not Go's has the name of its symbol, or `?0x…` where there is none, and no file.
"""

import os
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import BinaryIO, NamedTuple

from gotop.golang.binary import GoBinary
from gotop.golang.elf import ElfImage
from gotop.golang.errors import Malformed
from gotop.golang.inlining import inline_tree
from gotop.golang.interrupted import StackCompleter
from gotop.golang.pclntab import Func
from gotop.golang.rtype import TypeNames
from gotop.golang.symtab import ElfSymbolTable

_PCDATA_INLTREEINDEX = 2  # internal/abi/symtab.go
_TREE_ENTRY = struct.Struct("<Bxxxiii")  # runtime.inlinedCall
_MAX_INLINED = 256
_PANICS = frozenset(("gopanic", "sigpanic", "panicwrap"))  # runtime.elideWrapperCalling
_INTERRUPTS = frozenset(("sigpanic", "asyncPreempt", "debugCallV2"))  # their caller's PC is no return address


class LogicalFrame(NamedTuple):
    """A logical frame; `inlined`: the compiler put this call into the frame that follows."""

    function: str
    file: str
    line: int
    inlined: bool


class _Call(NamedTuple):
    """A frame with the name of its function's kind (internal/abi.FuncID)."""

    frame: LogicalFrame
    kind: str


class Symbolizer:
    """Symbols of one binary, given by path, as an open file, or opened already.

    Opening raises a BinaryError. The questions never raise for a PC or address that means nothing.
    """

    def __init__(self, source: str | os.PathLike[str] | BinaryIO | GoBinary, name: str = "executable") -> None:
        if isinstance(source, GoBinary):
            self.binary = source
        elif isinstance(source, (str, os.PathLike)):
            self.binary = GoBinary.open(source)
        else:
            self.binary = GoBinary(ElfImage(source, name))
        runtime, self._table = self.binary.runtime, self.binary.table
        self._image = self.binary.image
        self._trees = self._image.u64(self._table.module + runtime.offsets["moduledata.gofunc"])
        self._kinds = dict(enumerate(runtime.func_ids))
        self._types = TypeNames(self.binary)
        self._completer = StackCompleter(self.binary)
        self._calls_cache: dict[int, tuple[_Call, ...]] = {}
        self._frames_cache: dict[int, tuple[LogicalFrame, ...]] = {}
        self._funcs: dict[int, Func] = {}
        self._texts: dict[tuple[bool, int], str] = {}
        self._type_names: dict[int, str] = {}

    @property
    def wait_reasons(self) -> tuple[str, ...]:
        """Return the runtime's names of the reasons that goroutines wait for, by number; none for an unknown Go
        version.
        """
        return self.binary.runtime.wait_reasons

    @property
    def stw_reasons(self) -> tuple[str, ...]:
        """Return the names of reasons to stop the world, by number (runtime/proc.go stwReasonStrings); () if not known.
        """
        return self.binary.runtime.stw_reasons

    def close(self) -> None:
        """Close the file. What was asked before can still be asked."""
        self._image.close()

    def frames(self, pc: int) -> tuple[LogicalFrame, ...]:
        """Return the frames of a return address, innermost first; `pc` is link-time."""
        found = self._frames_cache.get(pc)
        if found is None:
            calls = self._calls(pc, returns=True)
            found = self._frames_cache[pc] = tuple(_without_wrappers(calls, ""))
        return found

    def stack(self, pcs: Sequence[int]) -> list[tuple[LogicalFrame, ...]]:
        """Return the frames of each PC of a stack, innermost first, with regard to what each one called."""
        result, callee = [], ""
        for pc in pcs:
            calls = self._calls(pc, returns=callee not in _INTERRUPTS)
            result.append(tuple(_without_wrappers(calls, callee)))
            callee = calls[-1].kind
        return result

    def complete_stack(self, pcs: Sequence[int]) -> tuple[tuple[int, ...], bool]:
        """Return a physical stack with the callers that frame pointers skip, and whether some of it is missing still.
        """
        return self._completer.complete(pcs)

    def function_at(self, pc: int) -> LogicalFrame:
        """Return the function whose code holds `pc`, not what is inlined there, with the file and line of its entry."""
        index = self._index_at(pc)
        if index is None:
            return self._non_go_function(pc)
        try:
            func = self._func(index)
            return self._frame(func, func.entry, func.name_offset, False)
        except Malformed:
            return self._non_go_function(pc)

    def type_name(self, address: int) -> str:
        """Return what reflect calls the type whose descriptor is at this link-time address, "" if there is none."""
        name = self._type_names.get(address)
        if name is None:
            name = self._type_names[address] = self._types.name(address)
        return name

    def type_identity(self, address: int) -> tuple[str, int]:
        """Return that name with its package's import path, and the descriptor's hash; ("", 0) if there is no
        descriptor.
        """
        return self._types.identity(address)

    def _index_at(self, pc: int) -> int | None:
        """Return the number of the function at `pc`; None if there is none, or the table leads out of the file."""
        try:
            return self._table.index_at(pc)
        except Malformed:
            return None

    def _calls(self, pc: int, returns: bool) -> tuple[_Call, ...]:
        """Return all frames of a PC, wrappers included; at least one."""
        index = self._index_at(pc)
        if index is None:
            return (_Call(self._non_go_function(pc), ""),)
        at = pc - 1 if returns and pc > self._table.entry(index) else pc
        found = self._calls_cache.get(at)
        if found is None:
            try:
                found = tuple(self._expand(self._func(index), at))
            except Malformed:
                found = (_Call(self._non_go_function(pc), ""),)
            self._calls_cache[at] = found
        return found

    def _expand(self, func: Func, pc: int) -> Iterator[_Call]:
        tree = inline_tree(func)
        if tree is not None and len(func.pcdata) > _PCDATA_INLTREEINDEX:
            table = func.pcdata[_PCDATA_INLTREEINDEX]
            for _ in range(_MAX_INLINED):
                index = self._table.value_at(table, func, pc)
                if index < 0:
                    break
                entry = self._image.read(self._trees + tree + index * _TREE_ENTRY.size, _TREE_ENTRY.size)
                kind, name, parent, _ = _TREE_ENTRY.unpack(entry)
                yield _Call(self._frame(func, pc, name, True), self._kinds.get(kind, ""))
                pc = func.entry + parent
        yield _Call(self._frame(func, pc, func.name_offset, False), self._kinds.get(func.func_id, ""))

    def _frame(self, func: Func, pc: int, name: int, inlined: bool) -> LogicalFrame:
        number = self._table.value_at(func.pcfile, func, pc)
        line = self._table.value_at(func.pcln, func, pc)
        if number < 0 or line < 0:
            return LogicalFrame(self._function_name(name), "?", 0, inlined)
        return LogicalFrame(self._function_name(name), self._file(func.cu_offset + number), line, inlined)

    def _func(self, index: int) -> Func:
        func = self._funcs.get(index)
        if func is None:
            func = self._funcs[index] = self._table.func(index)
        return func

    def _function_name(self, offset: int) -> str:
        text = self._texts.get((True, offset))
        if text is None:
            text = self._texts[True, offset] = printed_name(self._table.name_at(offset))
        if not text:
            raise Malformed(self._image.path, "one of its functions has no name", "Copy or build the file again")
        return text

    def _file(self, number: int) -> str:
        text = self._texts.get((False, number))
        if text is None:
            text = self._texts[False, number] = self._table.file(number)
        return text

    def _non_go_function(self, pc: int) -> LogicalFrame:
        segment = self._image.segment_at(pc)
        starts, symbols = self._foreign_symbols if segment and segment.executable else ([], [])
        at = bisect_right(starts, pc) - 1
        if at >= 0:
            name, size = symbols[at]
            if name and pc <= starts[at] + size:
                return LogicalFrame(name, "", 0, False)
        return LogicalFrame(f"?{pc:#x}", "", 0, False)

    @cached_property
    def _foreign_symbols(self) -> tuple[list[int], list[tuple[str, int]]]:
        """Return the functions outside of Go's text, sorted: C code of cgo programs."""
        found = sorted(ElfSymbolTable(self._image).functions_outside(self._table.text, self._table.etext))
        return [f[0] for f in found], [f[1:] for f in found]


def _without_wrappers(calls: tuple[_Call, ...], callee: str) -> Iterator[LogicalFrame]:
    """Yield what runtime.tracebackPCs keeps of the frames; `callee` is the kind of the function that the innermost of
    them called.
    """
    for frame, kind in calls:
        if kind != "Wrapper" or callee in _PANICS:
            yield frame
        callee = kind


def printed_name(name: str) -> str:
    """Return a function's name with its type arguments as `[...]` (runtime.funcNameForPrint)."""
    start, end = name.find("["), name.rfind("]")
    return name if start < 0 or end <= start else f"{name[:start]}[...]{name[end + 1 :]}"
