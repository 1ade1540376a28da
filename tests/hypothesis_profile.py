"""How hypothesis runs here; imported by the conftest of every directory that uses it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Machines are shared and slow at times: how long an example takes says nothing about the code.
settings.register_profile("gotop", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gotop")
