"""Properties are checked without a deadline."""

import tests.hypothesis_profile  # noqa: F401
