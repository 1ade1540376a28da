"""The filter language.

A filter is terms with spaces between them, all of which have to match. A term is a text that occurs, case ignored, in
the function, `file:line` or type of a row; or a regular expression, `~like.*this` or `/like this/`. A prefix says where
to look (`type:`, `pkg:`, `mod:`, `file:`, `func:`, `caller:`), and `!` before it turns the term round. `pkg:=bytes`
matches this text and no longer one. Quotes keep spaces together: `type:"interface {}"`. `^` and `$` are the ends of
function, `file:line` and type. Rows of labels (`gotop.model.sites.attribution`) have them in the type's place: `label:`
is another word for `type:`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gotop.model.symbols.call_site import package_of
from gotop.model.symbols.packages import module_of
from gotop.model.values import SiteKey

_TERM = re.compile(
    r"""(?P<no>!?) (?:(?P<where>(?:type|label|pkg|mod|file|func|caller):) (?P<exact>=?))?
        (?: "(?P<quoted>[^"]*)"? | /(?P<slashed>(?:[^/\\]|\\.)+)/(?=\s|$) | ~(?P<tilde>\S*) | (?P<plain>\S+) )?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FilterText:
    """The texts of a row that a filter looks into. What has no place in code is found by its name alone, in the
    function's place.
    """

    function: str
    file: str = ""
    line: int = 0
    type: str = ""
    callers: str = ""

    @classmethod
    def of_site(cls, key: SiteKey, callers: str = "") -> FilterText:
        """Return the texts of a call site. `callers`: the functions on its stacks, a line each."""
        return cls(key.function, key.file, key.line, key.type, callers)


_READ: dict[str, Callable[[FilterText], str]] = {
    "": lambda text: f"{text.function}\n{text.file}:{text.line}\n{text.type}",
    "type:": lambda text: text.type,
    "label:": lambda text: text.type,
    "pkg:": lambda text: package_of(text.function),
    "mod:": lambda text: module_of(text.function, text.file),
    "file:": lambda text: f"{text.file}:{text.line}",
    "func:": lambda text: text.function,
    "caller:": lambda text: text.callers,
}
_PLACES = " ".join(place for place in _READ if place)


@dataclass(frozen=True)
class FilterTerm:
    """One condition: whether what `text_of` returns of a row `holds`."""

    holds: Callable[[str], bool]
    text_of: Callable[[FilterText], str]
    inverse: bool = False

    def matches(self, text: FilterText) -> bool:
        """Whether the term matches a row."""
        return self.holds(self.text_of(text)) is not self.inverse


@dataclass(frozen=True)
class Filter:
    """The terms of a filter, and what is wrong with them: those that cannot be parsed (yet) are left out, an unknown
    word before a colon is part of the text. `asks_callers`: it looks into `FilterText.callers`.
    """

    terms: Sequence[FilterTerm]
    error: str = ""
    asks_callers: bool = False

    def matches(self, text: FilterText) -> bool:
        """Whether all terms match a row."""
        return all(term.matches(text) for term in self.terms)


def looks_only_at(query: Filter, places: Sequence[str]) -> bool:
    """Whether all terms look into one of these places, such as `pkg:`."""
    reads = [_READ[place] for place in places]
    return all(term.text_of in reads for term in query.terms)


@lru_cache(maxsize=64)
def parse_filter(text: str) -> Filter:
    """Parse a filter as typed. It never raises: half a regular expression is typed before a whole one."""
    terms, error = [], ""
    for match in _TERM.finditer(text):
        try:
            term = _term(match)
        except (re.error, OverflowError, RecursionError) as problem:
            error = error or f"{match['tilde'] or match['slashed']}: {problem}"
            continue
        if term is not None:
            terms.append(term)
        if not match["where"] and (unknown := _UNKNOWN.match(match["plain"] or "")):
            error = error or f"“{unknown[0]}” is text; places: {_PLACES}"
    return Filter(tuple(terms), error, any(term.text_of is _READ["caller:"] for term in terms))


def _term(match: re.Match[str]) -> FilterTerm | None:
    read, inverse = _READ[match["where"] or ""], bool(match["no"])
    expression = match["tilde"] or match["slashed"]
    if expression:
        found = re.compile(expression, re.IGNORECASE | re.MULTILINE).search
        return FilterTerm(lambda text: found(text) is not None, read, inverse)
    wanted = (match["quoted"] or match["plain"] or "").casefold()
    if wanted and match["exact"] and match["where"] == "caller:":
        return FilterTerm(lambda text: wanted in text.casefold().split("\n"), read, inverse)
    if wanted and match["exact"]:
        return FilterTerm(lambda text: wanted == text.casefold(), read, inverse)
    if wanted:
        return FilterTerm(lambda text: wanted in text.casefold(), read, inverse)
    # `type:""`: those without one. Half a term is none yet.
    return FilterTerm(lambda text: not text, read, inverse) if match["quoted"] == "" and match["where"] else None


_UNKNOWN = re.compile(r"[a-z]+:(?=[^\d:/]|$)", re.IGNORECASE)
"""What looks like a place and is none; not a file's line, a URL, a port."""
_BARE = re.compile(r"[^\s\"/~][^\s\"]*")


def exact_term(where: str, text: str) -> str:
    """Return a term that matches only this text, such as `type:=main.Order`."""
    if '"' in text:  # a struct's tags have them; there is no other way to write them
        return f"{where}:/^{re.escape(text).replace('/', chr(92) + '/')}$/"
    return f"{where}:={text}" if _BARE.fullmatch(text) else f'{where}:{"=" if text else ""}"{text}"'
