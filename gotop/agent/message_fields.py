"""Messages as dataclasses: what travels for each, and every value checked on the way in.

The dataclass is the description of the message: field names are the keys, annotations are what is accepted, a field
with a default may be missing. A nested dataclass travels as a map, or as a list if it says `AS_LIST = True`; with
`OMIT_NONE = True` a None is left out instead of sent as nil.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

MAX_NAME = 16 << 10
"""Characters of a string that are kept. A hostile name would be shown, and written into reports, thousands of times."""

LARGEST_FLOAT = 1e18
"""Floats are milliseconds, percentages and shares: what is beyond, or no number, was not measured."""

Check = Callable[[Any, str], Any]
T = TypeVar("T")


class ProtocolError(Exception):
    """What the peer sent is not this protocol: says what was wrong with which message."""


def type_name(value: object) -> str:
    """Name the type of a value as msgpack has it, for an error."""
    return "nil" if value is None else type(value).__name__


def _scalar(kind: type) -> Check:
    def check(value: Any, where: str) -> Any:
        # `type is`, not isinstance: a bool must not pass for an int.
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is kind:
            if isinstance(value, float) and not abs(value) <= LARGEST_FLOAT:
                raise ProtocolError(f"{where} is {value}, which is no figure")
            return value
        raise ProtocolError(f"{where} should be {kind.__name__}, is {type_name(value)}")

    return check


def _text(value: Any, where: str) -> Any:
    """A string, cut where it is longer than any name."""
    if type(value) is not str:
        raise ProtocolError(f"{where} should be str, is {type_name(value)}")
    return value if len(value) <= MAX_NAME else value[: MAX_NAME - 1] + "…"


def _optional(inner: Check) -> Check:
    return lambda value, where: None if value is None else inner(value, where)


def _sequence(inner: Check) -> Check:
    def check(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ProtocolError(f"{where} should be a list, is {type_name(value)}")
        return tuple([inner(item, where) for item in value])

    return check


def _ints(value: Any, where: str) -> tuple[int, ...]:
    """A flat list of ints; tens of thousands a message, so the loop over them is left to C."""
    if not isinstance(value, list | tuple):
        raise ProtocolError(f"{where} should be a list, is {type_name(value)}")
    if value and set(map(type, value)) != {int}:
        raise ProtocolError(f"{where} should hold nothing but ints")
    return tuple(value)


def _nested(cls: type[Any]) -> Check:
    compiled: Callable[[Any, str], Any] | None = None

    def check(value: Any, where: str) -> Any:
        nonlocal compiled
        if compiled is None:
            compiled = _list_decoder(cls) if getattr(cls, "AS_LIST", False) else map_decoder(cls)
        return compiled(value, where)

    return check


def _check_for(hint: Any) -> Check:
    """The check for one annotation.

    Raises:
        TypeError: the annotation is not one that travels: a programming error.
    """
    if hint == tuple[int, ...]:
        return _ints
    origin, args = get_origin(hint), get_args(hint)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return _sequence(_check_for(args[0]))
    if origin in (Union, types.UnionType):
        (inner,) = (arg for arg in args if arg is not type(None))
        return _optional(_check_for(inner))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _nested(hint)
    if hint is str:
        return _text
    if hint in (int, bool, bytes, float):
        return _scalar(hint)
    raise TypeError(f"{hint!r} does not travel")


def _plan(cls: type[Any]) -> list[tuple[str, Check, bool]]:
    hints = get_type_hints(cls)
    return [
        (field.name, _check_for(hints[field.name]), field.default is dataclasses.MISSING)
        for field in dataclasses.fields(cls)
    ]


def map_decoder(cls: type[T]) -> Callable[[Any, str], T]:
    """Return what makes a dataclass of an unpacked map; its second argument names the value in errors.

    Raises:
        TypeError: a field has an annotation that does not travel: a programming error.
    """
    plan = _plan(cls)

    def decode(value: Any, where: str) -> T:
        if not isinstance(value, Mapping):
            raise ProtocolError(f"{where} should be a map, is {type_name(value)}")
        found: dict[str, Any] = {}
        for name, check, required in plan:
            if name in value:
                found[name] = check(value[name], f"{where}.{name}")
            elif required:
                raise ProtocolError(f"{where}.{name} is missing")
        return _build(cls, found, where)

    return decode


def _list_decoder(cls: type[T]) -> Callable[[Any, str], T]:
    plan = _plan(cls)
    least = sum(required for _, _, required in plan)

    def decode(value: Any, where: str) -> T:
        # Longer is fine: a later agent may append a value that this reader does not know.
        if not isinstance(value, list | tuple) or len(value) < least:
            raise ProtocolError(f"{where} should be a list of {least} values")
        found = {name: check(item, f"{where}.{name}") for (name, check, _), item in zip(plan, value, strict=False)}
        return _build(cls, found, where)

    return decode


def _build(cls: type[T], values: dict[str, Any], where: str) -> T:
    try:
        return cls(**values)
    except ValueError as error:
        raise ProtocolError(f"{where}: {error}") from error


def to_wire(value: Any) -> Any:
    """A dataclass as maps and lists; everything else as it is."""
    if dataclasses.is_dataclass(value):
        items = [(field.name, to_wire(getattr(value, field.name))) for field in dataclasses.fields(value)]
        if getattr(value, "AS_LIST", False):
            return [item for _, item in items]
        omit = getattr(value, "OMIT_NONE", False)
        return {name: item for name, item in items if not (omit and item is None)}
    if isinstance(value, tuple) and value and (dataclasses.is_dataclass(value[0]) or isinstance(value[0], tuple)):
        return [to_wire(item) for item in value]
    return value
