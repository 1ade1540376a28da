"""The three stack checks of amd64, what is none of them, and that each variable has rules."""

import pytest

from gotop.golang.arch.amd64 import ARCH, callback_distances, data_references, find_patch_point
from gotop.golang.variables import PROFILE_VARIABLES, VARIABLES


@pytest.mark.parametrize(
    ("code", "at"),
    [
        ("493b6610 0f8600010000", 4),  # cmp rsp, [r14+0x10]
        ("493b6618 0f8600010000", 4),  # a function on the system stack: [r14+0x18]
        ("4c8d6424e8 4d3b6610 0f8600010000", 9),  # lea r12, [rsp-0x18]
        ("4c8da42400ffffff 4d3b6610 0f8600010000", 12),
        ("4989e4 4981ec00200000 0f8200020000 4d3b6610 0f8600010000", 20),  # a frame larger than the stack's guard
    ],
)
def test_prologues(code: str, at: int) -> None:
    data = bytes.fromhex(code) + b"\x90" * 40
    found = find_patch_point(data, 0x401000)
    assert found is not None
    assert (found.address, found.code) == (0x401000 + at, bytes.fromhex("0f8600010000"))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "554889e5",  # no stack check
        "493b6610 7610",  # a short jump: too small to be replaced
        "493b6620 0f8600010000",  # another limit
        "493b6610 0f8700010000",  # another condition
        "4c8d6424e8 493b6610 0f8600010000",
        "493b6610",
        "90 493b6610 0f8600010000",
    ],
)
def test_what_is_no_stack_check(code: str) -> None:
    data = bytes.fromhex(code)
    assert find_patch_point(data + b"\xcc" * 8 if data else b"", 0x401000) is None


def test_references_are_relative_to_the_next_instruction() -> None:
    code = bytes.fromhex("488d0510000000 90 488b0df0ffffff")  # lea rax, [rip+16]; nop; mov rcx, [rip-16]
    assert list(data_references(code, 0x1000)) == [("lea", 0x1017), ("mov", 0x100F - 0x10)]


def test_there_are_rules_for_every_variable_and_no_other() -> None:
    assert {f"runtime.{rule.variable}" for rule in ARCH.variable_rules} == {*VARIABLES, *PROFILE_VARIABLES}


def test_frames_without_a_frame_pointer_cannot_be_crossed() -> None:
    assert callback_distances(48, 8) == (64, 8)
    assert callback_distances(0, 8) is None
    assert callback_distances(48, -1) is None
