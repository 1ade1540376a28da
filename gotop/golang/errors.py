"""Why a binary cannot be read or hooked: one hierarchy whose messages are for people.

Every message says what is wrong, with which file, and what to do now. Programs tell the cases apart by class.
"""
# ruff: noqa: N818  (the names say the finding; a suffix "Error" would add nothing to `except NotGo`)


class BinaryError(Exception):
    """Anything that keeps gotop from reading or hooking a binary; `str()` of it is fit for a terminal."""

    def __init__(self, path: str, problem: str, advice: str = "") -> None:
        self.path, self.problem, self.advice = path, problem, advice
        super().__init__(f"{path}: {problem}" + (f". {advice}" if advice else ""))


class CannotRead(BinaryError):
    """The file is missing, a directory, or not readable by us."""


class NotELF(BinaryError):
    """The file is no ELF executable: a script, a macOS or Windows binary, or something else."""


class NotGo(BinaryError):
    """An ELF file without Go's function table."""


class WrongArch(BinaryError):
    """A Go program for another processor or system than the one gotop hooks."""


class TooOld(BinaryError):
    """A Go version from before the oldest one gotop knows."""


class UnknownGoVersion(BinaryError):
    """A Go version whose runtime structures gotop has no layout of, in a binary without DWARF to derive it from."""


class Malformed(BinaryError):
    """The file contradicts itself: truncated, packed, or damaged."""


class Unhookable(BinaryError):
    """Everything was found, but the allocator's prologue has not the form that can be patched safely."""
