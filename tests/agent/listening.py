"""A socket that somebody listens at."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def listening(path: Path) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.fspath(path))
    server.listen()
    return server
