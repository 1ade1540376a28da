"""Runs a program under a seccomp filter: `confined.py CALL ACTION PROGRAM ARGUMENTS…`, ACTION as SECCOMP_RET_…."""

import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW = 0x7FFF0000


def main() -> None:
    call, action = int(sys.argv[1]), int(sys.argv[2], 0)
    rules = ((0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, action), (0x06, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(rules), ctypes.addressof(code)))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_ulong] * 5
    at = ctypes.addressof(program)
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, at, 0, 0):
        sys.exit(os.strerror(ctypes.get_errno()))
    os.execv(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()
