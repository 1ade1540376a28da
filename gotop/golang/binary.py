"""An opened Go binary: ELF image, build information, runtime layout and function table."""

import os
import struct
from dataclasses import replace
from functools import cached_property

from gotop.golang.buildinfo import BuildInfo, build_id, read_build_info
from gotop.golang.dwarf import NoDWARF, layout_from_dwarf
from gotop.golang.elf import ElfImage
from gotop.golang.errors import TooOld, UnknownGoVersion
from gotop.golang.layouts import RuntimeLayout, known_minors, layout_of
from gotop.golang.pclntab import PcLnTab
from gotop.golang.symtab import ElfSymbolTable

OLDEST_MINOR = 21
_MAX_SIZE_CLASSES = 1024


class GoBinary:
    """An opened Go binary, which the readers in this package share. Each part is read when first asked for.

    Each property raises a BinaryError where the file lacks what it needs.
    """

    def __init__(self, image: ElfImage) -> None:
        self.image = image
        self.path = image.path

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "GoBinary":
        """Open the binary at `path`."""
        return cls(ElfImage.open(path))

    def __enter__(self) -> "GoBinary":
        return self

    def __exit__(self, *_: object) -> None:
        self.image.close()

    @cached_property
    def info(self) -> BuildInfo:
        """Version and build settings."""
        return read_build_info(self.image)

    @cached_property
    def build_id(self) -> str:
        """The Go build ID, else GNU's, else ""."""
        return build_id(self.image)

    @cached_property
    def stripped(self) -> bool:
        """Whether there is no symbol table."""
        return ".symtab" not in self.image.sections

    @cached_property
    def table(self) -> PcLnTab:
        """The function table."""
        return PcLnTab(self.image)

    @cached_property
    def runtime(self) -> RuntimeLayout:
        """The runtime's layout: by version, or from the binary's own DWARF if the version is not known."""
        _ = self.table  # raises NotGo before anything is said of versions
        minor = self.info.minor
        if minor is not None and minor < OLDEST_MINOR:
            raise TooOld(self.path, f"built with {self.info.go_version}", f"Build it with Go 1.{OLDEST_MINOR} or newer")
        known = layout_of(minor, self.image.arch.name) if minor is not None else None
        offsets = known.with_experiments(self.info.experiments) if known is not None and not self.info.devel else None
        if known is not None and offsets is not None:
            header = 0 if "noallocheaders" in self.info.experiments else known.malloc_header
            return replace(known, offsets=offsets, malloc_header=header)
        return self._derived(known)

    @cached_property
    def why_derived(self) -> str:
        """Why there is no stored layout of its Go version, for people."""
        minors = known_minors(self.image.arch.name)
        known = layout_of(self.info.minor, self.image.arch.name) if self.info.minor is not None else None
        if self.info.devel:
            return "it is a development version"
        if known is None:
            return f"gotop knows Go 1.{OLDEST_MINOR}–1.{minors[-1]}"
        names = known.unknown(self.info.experiments) or self.info.experiments
        return f"GOEXPERIMENT={','.join(names)} may move what gotop reads"

    def _derived(self, known: RuntimeLayout | None) -> RuntimeLayout:
        try:
            offsets = layout_from_dwarf(self.image.source)
        except NoDWARF as e:
            raise self._unknown() from e
        arch = self.image.arch.name
        base = known or layout_of(known_minors(arch)[-1], arch)
        if base is None:
            raise self._unknown()
        return replace(
            base,
            go=self.info.go_version,
            offsets=offsets,
            derived=True,
            labels=known.labels if known and not self.info.devel else "",
            size_classes=self._size_classes() or base.size_classes,
            func_ids=base.func_ids if self._func_ids_are(base.func_ids) else (),
            stw_reasons=(),
            wait_reasons=(),
        )

    def _func_ids_are(self, names: tuple[str, ...]) -> bool:
        """Whether each of these runtime functions has the FuncID that `names` give it."""
        indexes = self.table.find(f"runtime.{name}" for name in names)
        ids = {name: self.table.func(index).func_id for name, index in indexes.items()}
        return len(ids) > 3 and all(names[i : i + 1] == (name.removeprefix("runtime."),) for name, i in ids.items())

    def _size_classes(self) -> tuple[int, ...]:
        """Return runtime.class_to_size as the binary has it, () where it is stripped."""
        names = ("internal/runtime/gc.SizeClassToSize", "runtime.class_to_size")
        for symbol in ElfSymbolTable(self.image).find(names).values():
            count = min(symbol.size, 2 * _MAX_SIZE_CLASSES) // 2
            return struct.unpack(f"<{count}H", self.image.read(symbol.address, 2 * count))
        return ()

    def _unknown(self) -> UnknownGoVersion:
        version = self.info.go_version or "a Go version it does not name"
        return UnknownGoVersion(
            self.path,
            f"built with {version}: gotop does not know how that runtime's structures are laid out "
            f"({self.why_derived})",
            "Build it without -s and -w, then gotop reads that from its DWARF, "
            f"or with Go 1.{OLDEST_MINOR}–1.{known_minors(self.image.arch.name)[-1]}, or update gotop",
        )
