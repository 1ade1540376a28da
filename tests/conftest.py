"""What all tests share."""

import signal

import pytest

import tests.hypothesis_profile  # noqa: F401 (an example may take long everywhere)
from tests import fuzzing


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes minutes, or builds what takes minutes; not part of every run")
    fuzzing.SLOW = config.getoption("--slow")
    # A shell's background job ignores SIGINT, one under nohup SIGHUP, and so would every gotop that a test starts.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that take minutes; fuzz longer")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        slow = [item for item in items if item.get_closest_marker("slow")]
        items[:] = [item for item in items if item not in slow]
        config.hook.pytest_deselected(items=slow)
