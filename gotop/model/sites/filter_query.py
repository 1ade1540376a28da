"""The language in which sites are filtered.

A filter is terms with spaces between them, all of which have to hold. A term is a text that occurs, case ignored, in
the function, `file:line` or type; or a regular expression, `~like.*this` or `/like this/`. Before it may stand where to
look (`type:`, `pkg:`, `mod:`, `file:`, `func:`), and before that `!`, which turns it round. `pkg:=bytes` is this text
and no longer one. Quotes keep spaces together: `type:"interface {}"`. `^` and `$` are the ends of function, `file:line`
and type. Those who allocate (`gotop.model.sites.attribution`) have their labels in the type's place:
`label:` is another word for `type:`.
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
    r"""(?P<no>!?) (?:(?P<where>(?:type|label|pkg|mod|file|func):) (?P<exact>=?))?
        (?: "(?P<quoted>[^"]*)"? | /(?P<slashed>(?:[^/\\]|\\.)+)/(?=\s|$) | ~(?P<tilde>\S*) | (?P<plain>\S+) )?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FilterText:
    """The texts of a row that a filter looks into. A row that is no code has a name alone: it counts as a function."""

    function: str
    file: str = ""
    line: int = 0
    type: str = ""

    @classmethod
    def of_site(cls, key: SiteKey) -> FilterText:
        """The texts of a call site."""
        return cls(key.function, key.file, key.line, key.type)


_READ: dict[str, Callable[[FilterText], str]] = {
    "": lambda text: f"{text.function}\n{text.file}:{text.line}\n{text.type}",
    "type:": lambda text: text.type,
    "label:": lambda text: text.type,
    "pkg:": lambda text: package_of(text.function),
    "mod:": lambda text: module_of(text.function, text.file),
    "file:": lambda text: f"{text.file}:{text.line}",
    "func:": lambda text: text.function,
}


@dataclass(frozen=True)
class FilterTerm:
    """One condition."""

    holds: Callable[[str], bool]
    text_of: Callable[[FilterText], str]
    inverse: bool = False

    def matches(self, text: FilterText) -> bool:
        """Whether a row fulfils it."""
        return self.holds(self.text_of(text)) is not self.inverse


@dataclass(frozen=True)
class Filter:
    """Terms, and what is wrong with those that cannot be understood (yet): they are left out."""

    terms: Sequence[FilterTerm]
    error: str = ""

    def matches(self, text: FilterText) -> bool:
        """Whether a row fulfils all terms."""
        return all(term.matches(text) for term in self.terms)


@lru_cache(maxsize=64)
def parse_filter(text: str) -> Filter:
    """A filter as it was typed. Never fails: half a regular expression is typed before a whole one."""
    terms, error = [], ""
    for match in _TERM.finditer(text):
        try:
            term = _term(match)
        except (re.error, OverflowError, RecursionError) as problem:
            error = error or f"{match['tilde'] or match['slashed']}: {problem}"
            continue
        if term is not None:
            terms.append(term)
    return Filter(tuple(terms), error)


def _term(match: re.Match[str]) -> FilterTerm | None:
    read, inverse = _READ[match["where"] or ""], bool(match["no"])
    expression = match["tilde"] or match["slashed"]
    if expression:
        found = re.compile(expression, re.IGNORECASE | re.MULTILINE).search
        return FilterTerm(lambda text: found(text) is not None, read, inverse)
    wanted = (match["quoted"] or match["plain"] or "").casefold()
    if wanted and match["exact"]:
        return FilterTerm(lambda text: wanted == text.casefold(), read, inverse)
    if wanted:
        return FilterTerm(lambda text: wanted in text.casefold(), read, inverse)
    # `type:""`: those without one. Half a term is none yet.
    return FilterTerm(lambda text: not text, read, inverse) if match["quoted"] == "" and match["where"] else None


_BARE = re.compile(r"[^\s\"/~][^\s\"]*")


def exact_term(where: str, text: str) -> str:
    """A term that only this text fulfils, such as `type:=main.Order`."""
    if '"' in text:  # a struct's tags have them; there is no other way to write them
        return f"{where}:/^{re.escape(text).replace('/', chr(92) + '/')}$/"
    return f"{where}:={text}" if _BARE.fullmatch(text) else f'{where}:{"=" if text else ""}"{text}"'
