"""Everything that a session can be exported to, by name: `EXPORTERS["folded"].make(session, None)`."""

from __future__ import annotations

import importlib
import pkgutil

from gotop.export import formats
from gotop.export.registry import Exporter, registered

for _module in pkgutil.iter_modules(formats.__path__, f"{formats.__name__}."):
    importlib.import_module(_module.name)

EXPORTERS: dict[str, Exporter] = registered()
