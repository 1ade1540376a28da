"""An ELF executable as the loader sees it: bytes at link-time addresses, relocations applied on demand.

Bytes come through `FileBytes`, which reads pages on demand and keeps them. The file is not mapped on purpose: when a
developer rebuilds a service in place while a viewer still shows it, a mapping would end the viewer with SIGBUS.
"""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

from gotop.golang.arch import SUPPORTED_NAMES, Arch, arch_of, machine_name
from gotop.golang.errors import CannotRead, Malformed, NotELF, WrongArch
from gotop.regular_file import open_regular

_PAGE = 1 << 16
_BLOCK = 1 << 22
_MAX_SEGMENTS = 256
_MAX_SECTIONS = 4096
_DT_RELA, _DT_RELASZ = 7, 8
_RELA_SIZE = 24
_OTHER_FORMATS = {
    b"#!": "a script",
    b"MZ": "a Windows program",
    b"\xcf\xfa\xed\xfe": "a macOS program",
    b"\xca\xfe\xba\xbe": "a macOS program or a Java class",
    b"!<ar": "an archive of object files",
    b"\x1f\x8b": "a gzip file",
    b"PK": "a zip file",
    b"\0asm": "a WebAssembly module",
}


class FileBytes:
    """Random access to a file's bytes; small reads keep their page, so that it is never read again.

    `block` is how many bytes `find` reads at a time.

    Raises OSError if the source does.
    """

    def __init__(self, source: BinaryIO, block: int = _BLOCK) -> None:
        self._source, self._block = source, block
        self._pages: dict[int, bytes] = {}
        try:
            self._fd = source.fileno()
        except (OSError, AttributeError):
            self._fd = -1
        self.size = source.seek(0, os.SEEK_END)

    def read(self, offset: int, size: int) -> bytes:
        """Return up to `size` bytes from `offset`: fewer at the end of the file."""
        first, inside = divmod(offset, _PAGE)
        if inside + size <= _PAGE:
            page = self._pages.get(first)
            if page is None:
                page = self._pages[first] = self._fetch(first * _PAGE, _PAGE)
            return page[inside : inside + size]
        return self._fetch(offset, size)

    def find(self, pattern: bytes, start: int, end: int) -> int:
        """Return the file offset of the first `pattern` wholly within [start, end), −1 if there is none."""
        position, overlap = start, len(pattern) - 1
        while position < end:
            block = self._fetch(position, min(self._block, end - position))
            found = block.find(pattern)
            if found >= 0:
                return position + found
            if len(block) <= overlap:
                break
            position += len(block) - overlap if position + len(block) < end else len(block)
        return -1

    def _fetch(self, offset: int, size: int) -> bytes:
        size = max(0, min(size, self.size - offset))
        if size == 0 or getattr(self._source, "closed", False):
            return b""
        if self._fd < 0:
            self._source.seek(offset)
            return self._source.read(size)
        parts = []
        while size > 0:
            part = os.pread(self._fd, size, offset)
            if not part:
                break
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)


@dataclass(frozen=True, slots=True)
class Segment:
    """A PT_LOAD entry. `file_size` bytes come from the file, the rest up to `size` is zero."""

    address: int
    size: int
    offset: int
    file_size: int
    writable: bool
    executable: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A section header; `address` is 0 for what is not loaded."""

    address: int
    offset: int
    size: int
    link: int


class ElfImage:
    """A linux ELF file for an architecture that gotop knows, its `arch`.

    Raises NotELF, WrongArch or Malformed; `path` is what messages call the file.
    """

    def __init__(self, source: BinaryIO, path: str) -> None:
        self.path, self.source, self.bytes = path, source, FileBytes(source)
        head = self.bytes.read(0, 64)
        self.arch = _arch_of(path, head, self.bytes.size)
        try:
            self._parse(source)
        except (ELFError, ConstructError, struct.error, ValueError, KeyError, OverflowError, AttributeError) as e:
            raise Malformed(path, "its ELF headers are damaged", "Copy or build the file again") from e

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "ElfImage":
        """Open the file at `path`. Raises CannotRead as well."""
        name = os.fspath(path)
        try:
            source = open_regular(name)
        except OSError as e:
            raise cannot_read(name, e) from e
        try:
            return cls(source, name)
        except BaseException as e:
            source.close()
            if isinstance(e, OSError):
                raise cannot_read(name, e) from e
            raise

    def close(self) -> None:
        """Close the file. What was not read before cannot be read any more."""
        self.source.close()

    def _parse(self, source: BinaryIO) -> None:
        elf = ELFFile(source)
        self.pie = elf["e_type"] == "ET_DYN"
        self.entry: int = elf["e_entry"]
        if not 0 < elf.num_segments() <= _MAX_SEGMENTS:
            raise NotELF(self.path, "an object file or core dump, not an executable", "Give the linked program")
        headers = list(elf.iter_segments())
        self.segments = tuple(
            Segment(
                h["p_vaddr"], h["p_memsz"], h["p_offset"], h["p_filesz"], bool(h["p_flags"] & 2), bool(h["p_flags"] & 1)
            )
            for h in headers
            if h["p_type"] == "PT_LOAD"
        )
        for s in self.segments:
            if s.offset + s.file_size > self.bytes.size or s.file_size > s.size:
                raise Malformed(self.path, "cut off: its headers promise more bytes than it has", "Copy the file again")
        self.notes = tuple((h["p_offset"], h["p_filesz"]) for h in headers if h["p_type"] == "PT_NOTE")
        dynamic = next((h for h in headers if h["p_type"] == "PT_DYNAMIC"), None)
        self.sections = self._read_sections(elf)
        self._rela = self._find_rela(dynamic["p_vaddr"], dynamic["p_memsz"]) if dynamic is not None else b""

    def _read_sections(self, elf: ELFFile) -> dict[str, Section]:
        """Return the sections by name; none if the headers were removed or make no sense: nothing depends on them."""
        try:
            if not 0 < elf["e_shnum"] <= _MAX_SECTIONS:
                return {}
            sections = {
                s.name: Section(s["sh_addr"], s["sh_offset"], s["sh_size"], s["sh_link"]) for s in elf.iter_sections()
            }
        except (ELFError, ConstructError, struct.error, ValueError, KeyError, OverflowError, AttributeError):
            return {}
        return {n: s for n, s in sections.items() if s.address or s.offset + s.size <= self.bytes.size}

    def _find_rela(self, address: int, size: int) -> bytes:
        tags: dict[int, int] = {}
        for tag, value in struct.iter_unpack("<QQ", self.read(address, min(size, 4096) // 16 * 16)):
            tags.setdefault(tag, value)
            if tag == 0:
                break
        length = tags.get(_DT_RELASZ, 0)
        if not self.pie or length > self.bytes.size:
            return b""
        return self.read(tags.get(_DT_RELA, 0), length // _RELA_SIZE * _RELA_SIZE)

    def segment_at(self, address: int) -> Segment | None:
        """Return the loaded segment that holds this address."""
        for s in self.segments:
            if s.address <= address < s.address + s.size:
                return s
        return None

    def read(self, address: int, size: int) -> bytes:
        """Return `size` bytes at a link-time address as the file has them. Raises Malformed outside of the segments."""
        s = self.segment_at(address)
        inside = address - s.address if s else 0
        if s is None or inside + size > s.size or not 0 <= size <= self.bytes.size + _PAGE:
            raise Malformed(self.path, f"it refers to {address:#x}, which is not in it", "Copy or build the file again")
        if inside >= s.file_size:
            return bytes(size)
        wanted = min(size, s.file_size - inside)
        data = self.bytes.read(s.offset + inside, wanted)
        if len(data) < wanted:
            raise Malformed(self.path, "it changed while it was read", "Was it built again? Try again")
        return data if len(data) == size else data + bytes(size - len(data))

    def u32(self, address: int) -> int:
        """Return the unsigned 32-bit word at a link-time address."""
        return int.from_bytes(self.read(address, 4), "little")

    def u64(self, address: int) -> int:
        """Return the 64-bit word at a link-time address, relative relocation applied: a pointer is a link-time address.
        """
        found = self._find_in_rela(struct.pack("<QQ", address, self.arch.relative_relocation), 0) if self._rela else -1
        if found >= 0:
            return int.from_bytes(self._rela[found + 16 : found + 24], "little")
        return int.from_bytes(self.read(address, 8), "little")

    def pointers_to(self, target: int, limit: int = 64) -> list[int]:
        """Return the addresses of up to `limit` aligned words in writable segments that hold a pointer to `target`."""
        found: list[int] = []
        pattern = struct.pack("<QQ", self.arch.relative_relocation, target)
        position = 0
        while self._rela and len(found) < limit and (position := self._find_in_rela(pattern, position, 8)) >= 0:
            found.append(int.from_bytes(self._rela[position - 8 : position], "little"))
            position += len(pattern)
        word = struct.pack("<Q", target)
        for s in self.segments:
            position, end = s.offset, s.offset + s.file_size
            while s.writable and len(found) < limit and (position := self.bytes.find(word, position, end)) >= 0:
                if (s.address + position - s.offset) % 8 == 0:
                    found.append(s.address + position - s.offset)
                position += 1
        return found

    def _find_in_rela(self, pattern: bytes, start: int, inside: int = 0) -> int:
        """Return the position of `pattern` at byte `inside` of some Elf64_Rela entry from `start` on, −1 if there is
        none.
        """
        while (start := self._rela.find(pattern, start)) >= 0:
            if start % _RELA_SIZE == inside:
                return start
            start += 1
        return -1


def cannot_read(path: str, error: OSError) -> CannotRead:
    """Return the refusal for a file that the system does not let us read."""
    advice = {
        FileNotFoundError: "Check the path; a package is built with `gotop run ./dir`",
        PermissionError: "Make it readable for this user",
        IsADirectoryError: "Give the compiled program, or a package as ./dir",
    }.get(type(error), "")
    return CannotRead(path, (error.strerror or str(error)).lower(), advice)


def _arch_of(path: str, head: bytes, size: int) -> Arch:
    """Return the architecture of the file with this ELF header. Raises NotELF, WrongArch or Malformed for any other."""
    if head[:4] != b"\x7fELF":
        kind = next((k for magic, k in _OTHER_FORMATS.items() if head.startswith(magic)), "not an ELF executable")
        what = (
            "the file is empty" if size == 0 else kind if kind.startswith("not") else f"{kind}, not an ELF executable"
        )
        raise NotELF(path, what, f"Give a Go program compiled for linux/{_supported()}, a package, or a .go file")
    if len(head) < 64:
        raise Malformed(path, "cut off within its ELF header", "Copy the file again")
    little_endian = head[5] == 1
    machine = int.from_bytes(head[18:20], "little" if little_endian else "big")
    arch = arch_of(machine) if head[4] == 2 and little_endian else None
    if arch is None:
        advice = f"gotop hooks {_supported()}: build it with GOARCH={SUPPORTED_NAMES[0]}"
        raise WrongArch(path, f"built for {machine_name(machine)}", advice)
    systems = {2: "NetBSD", 6: "Solaris", 9: "FreeBSD", 12: "OpenBSD"}
    if head[7] in systems:
        raise WrongArch(path, f"built for {systems[head[7]]}", "gotop hooks linux: build it with GOOS=linux")
    return arch


def _supported() -> str:
    return ", ".join(SUPPORTED_NAMES)
