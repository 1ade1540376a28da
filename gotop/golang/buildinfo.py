"""Go version and build information: what `go version -m` prints, from `.go.buildinfo` (debug/buildinfo)."""

import re
from dataclasses import dataclass, replace

from gotop.golang.elf import ElfImage, Segment
from gotop.golang.errors import Malformed

_MAGIC = b"\xff Go buildinf:"
_ALIGN = 16
_HEADER = 32
_FLAG_INLINE = 2  # since Go 1.18 the strings follow the header, before it held pointers
_MAX_TEXT = 1 << 24
_MAX_VERSION = 256
_SENTINEL = 16  # bytes before and after the module text (cmd/go/internal/modload)


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the build; `replaced_by`: what go.mod replaces it with, None where it does not."""

    path: str
    version: str
    sum: str = ""
    replaced_by: "Module | None" = None


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """Version, modules and settings of a build. `go_version` is "" where the binary does not tell; `settings` are
    `-pgo`, `vcs.revision` and the like.
    """

    go_version: str = ""
    path: str = ""
    main: Module | None = None
    deps: tuple[Module, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()

    @property
    def minor(self) -> int | None:
        """Return the minor version: 26 for Go 1.26, release or development; None where the version names none."""
        found = re.search(r"\bgo1\.(\d{1,4})\b", self.go_version.replace("-", " ")) or re.match(
            r"go1\.(\d{1,4})", self.go_version
        )
        return int(found[1]) if found else None

    @property
    def devel(self) -> bool:
        """Whether it is a development version of Go, of no release."""
        return "devel" in self.go_version.partition(" X:")[0]

    @property
    def experiments(self) -> tuple[str, ...]:
        """Return the GOEXPERIMENT settings other than the version's own, from `go1.26.8 X:nogreenteagc`."""
        found = re.search(r"\bX:(\w+(?:,\w+)*)", self.go_version)
        return tuple(found[1].split(",")) if found else ()

    def setting(self, key: str) -> str:
        """Return the value of a build setting, "" if it is not set."""
        return next((v for k, v in self.settings if k == key), "")

    @property
    def features(self) -> tuple[str, ...]:
        """Return what it was built with that is not the default: `cgo`, `race`, `PGO (…/default.pgo)`, …"""
        found = ["cgo"] if self.setting("CGO_ENABLED") == "1" else []
        found += [name for name in ("race", "msan", "asan", "cover") if self.setting(f"-{name}") == "true"]
        profile = self.setting("-pgo")
        found += [f"PGO ({profile})"] if profile else []
        return (*found, *(["trimpath"] if self.setting("-trimpath") == "true" else []))

    @property
    def revision(self) -> str:
        """Return the revision it was built from, as `git 0123abc, 2026-05-04T…, modified`; "" if it does not say."""
        if not self.setting("vcs.revision"):
            return ""
        modified = "modified" if self.setting("vcs.modified") == "true" else ""
        named = f"{self.setting('vcs')} {self.setting('vcs.revision')}".strip()
        return ", ".join(filter(None, (named, self.setting("vcs.time"), modified)))


def read_build_info(image: ElfImage) -> BuildInfo:
    """Return the build information of a Go binary; an empty BuildInfo if it carries none. Never raises."""
    try:
        address = _find(image)
        return BuildInfo() if address is None else _decode(image, address)
    except Malformed:
        return BuildInfo()


def build_id(image: ElfImage) -> str:
    """Return the Go build ID, else GNU's in hexadecimal, else ""."""
    found = ""
    for offset, size in image.notes:
        data = image.bytes.read(offset, min(size, 1 << 16))
        while len(data) >= 12:
            name_size, desc_size, kind = (int.from_bytes(data[i : i + 4], "little") for i in (0, 4, 8))
            name_end = 12 + (name_size + 3) // 4 * 4
            name, desc = data[12 : 12 + name_size], data[name_end : name_end + desc_size]
            if (name, kind) == (b"Go\0\0", 4):
                return desc.decode("ascii", "replace")
            if (name, kind) == (b"GNU\0", 3):
                found = desc.hex()
            data = data[name_end + (desc_size + 3) // 4 * 4 :]
    return found


def _find(image: ElfImage) -> int | None:
    section = image.sections.get(".go.buildinfo")
    if section is not None and image.segment_at(section.address) and image.read(section.address, 14) == _MAGIC:
        return section.address
    for segment in sorted(image.segments, key=lambda s: not s.writable):
        address = _find_in(image, segment)
        if address is not None:
            return address
    return None


def _find_in(image: ElfImage, segment: Segment) -> int | None:
    position, end = segment.offset, segment.offset + segment.file_size
    while (position := image.bytes.find(_MAGIC, position, end)) >= 0:
        address = segment.address + position - segment.offset
        if address % _ALIGN == 0:
            return address
        position += 1
    return None


def _decode(image: ElfImage, address: int) -> BuildInfo:
    flags = image.read(address + 15, 1)[0]
    if not flags & _FLAG_INLINE:
        version = _go_string(image, image.u64(address + 16))
        return BuildInfo(_version(version))
    version, after = _sized_string(image, address + _HEADER)
    text, _ = _sized_string(image, after)
    if len(text) >= 2 * _SENTINEL + 1 and text[-_SENTINEL - 1 : -_SENTINEL] == b"\n":
        text = text[_SENTINEL:-_SENTINEL]
    else:
        text = b""
    return parse_module_text(_version(version), text.decode("utf-8", "replace"))


def _version(data: bytes) -> str:
    """Return the version, which is shown to people; "" for what damaged build information has in its place."""
    text = data.decode("utf-8", "replace")
    return text if len(text) <= _MAX_VERSION and text.isprintable() else ""


def _sized_string(image: ElfImage, address: int) -> tuple[bytes, int]:
    """Return the string with a varint length at `address`, and the address behind it."""
    length = shift = 0
    while True:
        byte = image.read(address, 1)[0]
        address += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
        if shift > 28:
            raise Malformed(image.path, "its build information is damaged")
    if length > _MAX_TEXT:
        raise Malformed(image.path, "its build information is damaged")
    return image.read(address, length), address + length


def _go_string(image: ElfImage, header: int) -> bytes:
    size = image.u64(header + 8)
    return image.read(image.u64(header), size) if size <= _MAX_TEXT else b""


def parse_module_text(version: str, text: str) -> BuildInfo:
    """Parse the lines `path`, `mod`, `dep`, `=>` and `build`, separated by tabs, as runtime/debug.ParseBuildInfo does.
    """
    path, main, settings = "", None, []
    deps: list[Module] = []
    for line in text.splitlines():
        kind, _, rest = line.partition("\t")
        fields = [*rest.split("\t"), "", ""]
        if kind == "path":
            path = rest
        elif kind == "mod":
            main = _module(fields)
        elif kind == "dep":
            deps.append(_module(fields))
        elif kind == "=>" and deps:
            deps[-1] = replace(deps[-1], replaced_by=_module(fields))
        elif kind == "=>" and main:
            main = replace(main, replaced_by=_module(fields))
        elif kind == "build":
            key, _, value = rest.partition("=")
            settings.append((_unquoted(key), _unquoted(value)))
    return BuildInfo(version, path, main, tuple(deps), tuple(settings))


def _module(fields: list[str]) -> Module:
    return Module(fields[0], fields[1], fields[2])


def _unquoted(text: str) -> str:
    """Return a setting's text: with blanks, quotes or non-printing characters it is written as a Go string literal."""
    if len(text) < 2 or text[0] not in '"`' or text[-1] != text[0]:
        return text
    inner = text[1:-1]
    return inner if text[0] == "`" else re.sub(r'\\(["\\nt])', lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), inner)
