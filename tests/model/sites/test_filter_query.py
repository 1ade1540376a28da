"""The filter language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotop.model.sites.filter_query import FilterText, exact_term, parse_filter

OBJECT = FilterText(
    "encoding/json.(*decodeState).object", "/usr/local/go/src/encoding/json/decode.go", 661, "map[string]interface {}"
)
SCAN = FilterText("main.(*store).scan", "/home/ann/shop/cmd/shopd/store.go", 132, "main.Order")
REDIS = FilterText(
    "github.com/redis/go-redis/v9.NewStringCmd",
    "/home/ann/go/pkg/mod/github.com/redis/go-redis/v9@v9.5.1/command.go",
    1311,
    "github.com/redis/go-redis/v9.StringCmd",
)
UNTYPED = FilterText("compress/flate.NewWriter", "compress/flate/deflate.go", 668, "")
ALL = {"object": OBJECT, "scan": SCAN, "redis": REDIS, "flate": UNTYPED}


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", "object scan redis flate"),
        ("JSON", "object"),
        ("!json", "scan redis flate"),
        ("decode.go:661", "object"),
        ("type:order", "scan"),
        ("!type:order", "object redis flate"),
        ("type:string", "object redis"),
        ("pkg:main", "scan"),
        ("pkg:=MAIN", "scan"),
        ("pkg:=mai", ""),
        ("!pkg:=main", "object redis flate"),
        ('type:="map[string]interface {}"', "object"),
        ("type:=", "object scan redis flate"),  # half a term is none
        ("pkg:redis", "redis"),
        ("func:new", "redis flate"),
        ("file:store.go", "scan"),
        ("file:/home/ann/", "scan redis"),
        ("~^main", "scan"),  # of function, or type
        ("~^main.*scan$", "scan"),
        ("/^main/", "scan"),
        ("func:~^(main|compress)", "scan flate"),
        (r"/decodeState\).o/", "object"),
        ("/a b/", ""),
        ("pkg:/redis.v9$/", "redis"),
        ("!~json|redis", "scan flate"),
        ('type:"interface {}"', "object"),
        ('"interface {}" json', "object"),
        ('type:""', "flate"),
        ('!type:""', "object scan redis"),
        ("go new", "redis flate"),
        ("go !json  !pkg:main", "redis flate"),
        ("/home", "scan redis"),
        # Half typed: not yet a condition.
        ("!", "object scan redis flate"),
        ("type:", "object scan redis flate"),
        ("~", "object scan redis flate"),
        ("json type:", "object"),
        ('type:"interface', "object"),
    ],
)
def test_filters(text: str, passes: str) -> None:
    found = [name for name, key in ALL.items() if parse_filter(text).matches(key)]
    assert (found, parse_filter(text).error) == (passes.split(), "")


@pytest.mark.parametrize("text", ["~[", "/(/", "type:~*", "!pkg:~(?P<a", "json ~["])
def test_a_broken_expression_is_said_and_left_out(text: str) -> None:
    assert parse_filter(text).error
    assert parse_filter(text).matches(OBJECT)
    assert ": " in parse_filter(text).error and "\n" not in parse_filter(text).error


@given(st.text(alphabet='ab !"/~:[](){}*+?\\^$|.type:pkg', max_size=24) | st.text(max_size=12))
def test_nothing_that_is_typed_fails(text: str) -> None:
    for key in ALL.values():
        parse_filter(text).matches(key)


@given(st.text(alphabet="abcdeDEgo./()*1", min_size=1, max_size=6))
def test_a_word_is_a_text_that_occurs_and_its_inverse_the_rest(word: str) -> None:
    if re.match(r"/.+/$", word):
        return
    for key in ALL.values():
        occurs = word.casefold() in f"{key.function}\n{key.file}:{key.line}\n{key.type}".casefold()
        assert parse_filter(word).matches(key) is occurs
        assert parse_filter("!" + word).matches(key) is not occurs


@given(st.text(alphabet='ab "/~:[](){}*=!.', max_size=12), st.text(alphabet='ab "/~:[](){}*=!.', max_size=12))
def test_exactly_this_and_nothing_else(text: str, other: str) -> None:
    found = parse_filter(exact_term("type", text))
    assert not found.error and len(found.terms) == 1
    assert found.matches(FilterText("f", "f.go", 1, text))
    assert found.matches(FilterText("f", "f.go", 1, other)) is (text.casefold() == other.casefold())


CALLED = FilterText("main.scan", "/store.go", 1, "", "runtime.mallocgc\nmain.scan\nmain.serve\nmain.main")


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("caller:serve", True),
        ("caller:=main.serve", True),
        ("caller:=serve", False),
        ("!caller:serve", False),
        ("caller:~^main\\.s.*e$", True),
        ("caller:other", False),
        ("serve", False),  # only where one asks for callers
    ],
)
def test_callers(text: str, passes: bool) -> None:
    assert parse_filter(text).matches(CALLED) is passes
    assert parse_filter(text).asks_callers is text.lstrip("!").startswith("caller")


@pytest.mark.parametrize("text", ["foo:bar", "pkgs:main", "Func:x"])
def test_an_unknown_place_is_said_to_be_none(text: str) -> None:
    wrong = parse_filter(text)
    assert text.split(":")[0] in wrong.error and "pkg:" in wrong.error
    assert len(wrong.terms) == 1, "it is looked for as it stands"


@pytest.mark.parametrize("text", ["store.go:97", "http://x", "localhost:80", "a::b", '"foo:bar"', "pkg:x", "type:=a:b"])
def test_other_colons_are_no_places(text: str) -> None:
    assert parse_filter(text).error == ""
