"""Build information: the module text, and what version names mean."""

import pytest

from gotop.golang.buildinfo import BuildInfo, Module, parse_module_text


def test_module_text() -> None:
    text = (
        "path\texample.com/a\nmod\texample.com/a\tv1.2.3\th1:x=\ndep\tb\tv1\t\n=>\tc\tv2\th1:y=\ndep\td\tv3\th1:z=\n"
        "build\t-ldflags=\"-X 'a.b=c d'\"\nbuild\tCGO_ENABLED=1\n"
    )
    info = parse_module_text("go1.26.8", text)
    assert (info.path, info.main) == ("example.com/a", Module("example.com/a", "v1.2.3", "h1:x="))
    assert info.deps == (Module("b", "v1", "", Module("c", "v2", "h1:y=")), Module("d", "v3", "h1:z="))
    assert info.setting("-ldflags") == "-X 'a.b=c d'"
    assert info.setting("CGO_ENABLED") == "1"


@pytest.mark.parametrize(
    ("version", "minor", "experiments"),
    [
        ("go1.26.8", 26, ()),
        ("go1.27rc1", 27, ()),
        ("go1.26.6-X:sizespecializedmalloc", 26, ("sizespecializedmalloc",)),
        ("go1.26.6 X:a,nob", 26, ("a", "nob")),
        ("devel go1.28-0123abcdef Tue Jan 6 10:00:00 2026 +0000", 28, ()),
        ("go1.25.1-custom", 25, ()),
        ("unknown", None, ()),
        ("", None, ()),
    ],
)
def test_versions(version: str, minor: int | None, experiments: tuple[str, ...]) -> None:
    info = BuildInfo(version)
    assert (info.minor, info.experiments) == (minor, experiments)
