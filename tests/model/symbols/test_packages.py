"""Whose code a function is, and of which module."""

from __future__ import annotations

import pytest

from gotop.model.queries import Hide
from gotop.model.symbols.packages import PROGRAM, STANDARD, conceals, module_of
from gotop.model.values import SiteKey

OBJECT = SiteKey(
    "encoding/json.(*decodeState).object", "/usr/local/go/src/encoding/json/decode.go", 661, "map[string]interface {}"
)
SCAN = SiteKey("main.(*store).scan", "/home/ann/shop/cmd/shopd/store.go", 132, "main.Order")
REDIS = SiteKey(
    "github.com/redis/go-redis/v9.NewStringCmd",
    "/home/ann/go/pkg/mod/github.com/redis/go-redis/v9@v9.5.1/command.go",
    1311,
    "github.com/redis/go-redis/v9.StringCmd",
)
UNTYPED = SiteKey("compress/flate.NewWriter", "compress/flate/deflate.go", 668, "")


def test_hiding() -> None:
    runtime = SiteKey("runtime.schedinit", "/usr/local/go/src/runtime/proc.go", 1, "")
    own = SiteKey("log.Info", "/home/ann/log/log.go", 1, "")
    assert [conceals(Hide.RUNTIME, key) for key in (runtime, OBJECT, SCAN)] == [True, False, False]
    keys = (runtime, OBJECT, UNTYPED, SCAN, REDIS, own)
    assert [conceals(Hide.STANDARD, key) for key in keys] == [True, True, True, False, False, False]
    assert not any(conceals(Hide.NOTHING, key) for key in keys)


@pytest.mark.parametrize(
    ("function", "file", "module"),
    [
        (OBJECT.function, OBJECT.file, STANDARD),
        (UNTYPED.function, UNTYPED.file, STANDARD),
        ("runtime.schedinit", "runtime/proc.go", STANDARD),
        (SCAN.function, SCAN.file, PROGRAM),
        ("example.com/shop/api.Get", "example.com/shop/api/get.go", PROGRAM),
        (REDIS.function, REDIS.file, "github.com/redis/go-redis/v9@v9.5.1"),
        ("github.com/redis/go-redis/v9/x.F", "github.com/redis/go-redis/v9@v9.5.1/x/f.go",
         "github.com/redis/go-redis/v9@v9.5.1"),
        ("github.com/BurntSushi/toml.Decode", "/go/pkg/mod/github.com/!burnt!sushi/toml@v1.3.2/decode.go",
         "github.com/BurntSushi/toml@v1.3.2"),
        ("github.com/BurntSushi/toml.Decode", "/home/u/.modcache/github.com/!burnt!sushi/toml@v1.3.2/decode.go",
         "github.com/BurntSushi/toml@v1.3.2"),
        ("gopkg.in/yaml%2ev3.Unmarshal", "/srv/go.cache/gopkg.in/yaml.v3@v3.0.1/yaml.go", "gopkg.in/yaml.v3@v3.0.1"),
        ("main.main", "/home/u/.cache/modules/github.com/a/b@v1.0.0/cmd/x/main.go", "github.com/a/b@v1.0.0"),
        ("main.main", "/home/u/go/pkg/mod/corp/tool@v1.0.0/main.go", "corp/tool@v1.0.0"),
        ("github.com/a/b/c.F", "/home/u/svc/vendor/github.com/a/b/c/f.go", "github.com/a/b"),
        ("go.uber.org/zap/zapcore.F", "/home/u/svc/vendor/go.uber.org/zap/zapcore/f.go", "go.uber.org/zap"),
    ],
)  # fmt: skip
def test_modules(function: str, file: str, module: str) -> None:
    assert module_of(function, file) == module
