"""Properties are checked without a deadline."""

import pytest

import tests.hypothesis_profile  # noqa: F401
from gotop.model.session import Session
from tests.ui.synthetic import Service


@pytest.fixture(scope="module")
def session() -> Session:
    """Five seconds of a made-up service."""
    session = Session(lambda: 0.0)
    for message in Service().run(5):
        session.apply(message)
    return session
