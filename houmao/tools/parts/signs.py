"""Signs: the words, glyphs and titles by which a tool's screen is read, as data. Pure.

A file of signs is TOML: `[[name]]`, then `text` (a row begins so) or `pattern` (a regular
expression that matches from a row's first column), and the versions that draw it, `since` to
before `until`. Which signs a tool has and what follows from one is the tool's code; a user's own
file can say that one looks different, and nothing else.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from houmao.detect.signals import Evidence
from houmao.tools.parts.version import Version

#: Where a sign stands: in the file that comes with Houmao, or in the user's own.
SHIPPED, OWN = "shipped", "own"
_HEADER = re.compile(r"\s*\[\[?\s*\"?([\w-]+)\"?\s*\]")
_PLACE = re.compile(r"\(at line (\d+)")
_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
_KEYS = frozenset({"text", "pattern", "since", "until", "means"})
#: Longer patterns are no words of a screen, and may take their time.
_LONGEST = 300
#: What a user's own pattern may not have: these are what makes a search go back and forth without
#: end on a row that nearly matches, and one row must not hold up the watch.
_MOST_REPEATS = 2
_ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"[*+]|\{\d*(?:,\d*)?\}")
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d*(?:,\d*)?\})")
#: Characters of a row, or of a title, that are looked at.
_WIDEST = 1000


@dataclass(frozen=True, slots=True)
class Sign:
    """One way in which something shows; None in `since` or `until` is no bound."""

    name: str
    pattern: re.Pattern[str]
    #: File and line, as `shipped:12` or `own:3`.
    origin: str
    since: Version | None = None
    until: Version | None = None

    def drawn_by(self, version: Version | None) -> bool:
        """Whether a version draws it; one that is not known counts as the newest."""
        if version is None:
            return self.until is None
        return (self.since or version) <= version and (self.until is None or version < self.until)


@dataclass(frozen=True, slots=True)
class SignProblem:
    """Why a line of a file of signs does not count."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one version of a tool."""

    by_name: Mapping[str, tuple[Sign, ...]]

    def find(self, name: str, text: str) -> Sign | None:
        """The sign of that name that a row shows. Raises KeyError when the tool has no such."""
        return next((it for it in self.by_name[name] if it.pattern.match(text, 0, _WIDEST)), None)

    def origin(self, name: str, text: str) -> str:
        """File and line of the sign of that name that a text shows; empty when it shows none."""
        sign = self.find(name, text)
        return sign.origin if sign else ""

    def titled(self, title: str) -> Evidence | None:
        """What a pane's title is evidence of, if it tells of work."""
        sign = self.find("working_title", title)
        return Evidence("title", (), title[:60], sign.origin) if sign else None

    def evidence(self, name: str, number: int, text: str) -> Evidence | None:
        """What the row with that number is evidence of, if it shows the sign."""
        sign = self.find(name, text)
        return Evidence(name, (number,), text[:80], sign.origin) if sign else None


@dataclass(frozen=True, slots=True)
class SignBook:
    """All signs of a tool, of every version."""

    signs: tuple[Sign, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The signs that its tool's code asks for."""
        return frozenset(sign.name for sign in self.signs)

    def at(self, version: Version | None, own: "SignBook | None" = None) -> Signs:
        """The signs of a version; one in `own` takes the place of all that are named like it."""
        books = (own, self) if own else (self,)
        return Signs({name: _drawn(name, version, books) for name in self.names})


def _drawn(name: str, version: Version | None, books: Iterable[SignBook]) -> tuple[Sign, ...]:
    for book in books:
        named = (sign for sign in book.signs if sign.name == name)
        if drawn := tuple(sign for sign in named if sign.drawn_by(version)):
            return drawn
    return ()


@dataclass(frozen=True, slots=True)
class SignFile:
    """What a file of signs says, and which of its lines say nothing that can be used."""

    book: SignBook = field(default_factory=SignBook)
    problems: tuple[SignProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry begins."""

    file: str
    line: int
    lines: Sequence[str]

    def of(self, key: str | None) -> int:
        """The line of one of its keys; that of the entry for None."""
        for number in range(self.line, len(self.lines)):
            if _HEADER.match(self.lines[number]):
                break
            if key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", self.lines[number]):
                return number + 1
        return self.line


class _Wrong(Exception):
    """Something about an entry, or about one of its keys, is wrong."""

    def __init__(self, key: str | None, message: str) -> None:
        super().__init__(message)
        self.key = key


def shipped(package: str) -> SignBook:
    """The signs that come with a tool's folder. Raises ValueError when the file is no such file."""
    text = (resources.files(package) / "signs.toml").read_text("utf-8")
    found = parse_signs(text, SHIPPED)
    if found.problems:
        raise ValueError(f"{package}: {found.problems}")
    return found.book


def parse_signs(text: str, file: str, known: Collection[str] | None = None) -> SignFile:
    """The signs of a file's text; `known` are the names that count. Raises nothing."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _PLACE.search(str(error))
        return SignFile(problems=(SignProblem(int(place[1]) if place else 1, str(error)),))
    lines = text.splitlines()
    places = _places(lines)
    found = [
        _read(name, entry, _Place(file, places.get((name, number), 1), lines), known)
        for name, entries in document.items()
        for number, entry in enumerate(entries if isinstance(entries, list) else [None])
    ]
    signs = tuple(it for it in found if isinstance(it, Sign))
    return SignFile(SignBook(signs), tuple(it for it in found if isinstance(it, SignProblem)))


def _places(lines: Sequence[str]) -> dict[tuple[str, int], int]:
    """Line number of each entry's header, by its name and how many of that name stood before."""
    found: dict[tuple[str, int], int] = {}
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            same = sum(1 for name, _ in found if name == header[1])
            found[header[1], same] = number
    return found


def _read(
    name: str, entry: object, place: _Place, known: Collection[str] | None
) -> Sign | SignProblem:
    """The sign of one entry, or the first thing that is wrong with it."""
    try:
        if known is not None and name not in known:
            raise _Wrong(None, f"there is no sign {name!r}; known: {', '.join(sorted(known))}")
        if not isinstance(entry, dict):
            raise _Wrong(None, f"a sign is written [[{name}]], and what it looks like below")
        return _sign(name, entry, f"{place.file}:{place.line}")
    except _Wrong as wrong:
        return SignProblem(place.of(wrong.key), str(wrong))


def _sign(name: str, entry: Mapping[str, Any], origin: str) -> Sign:
    for key, value in entry.items():
        if key not in _KEYS:
            raise _Wrong(key, f"{key!r} is no key of a sign; use {', '.join(sorted(_KEYS))}")
        if not isinstance(value, str):
            raise _Wrong(key, f"{key} has to be a text in quotes")
    since, until = (_version(entry, key) for key in ("since", "until"))
    if since and until and since >= until:
        raise _Wrong("until", "until has to be later than since")
    pattern = _pattern(entry)
    if "pattern" in entry and not origin.startswith(SHIPPED):
        _check_quick(entry["pattern"])
    return Sign(name, pattern, origin, since, until)


def _version(entry: Mapping[str, str], key: str) -> Version | None:
    if key not in entry:
        return None
    found = _VERSION.fullmatch(entry[key])
    if found is None:
        raise _Wrong(key, f'{key} has to be a version such as "1.20.0"')
    return int(found[1]), int(found[2]), int(found[3] or 0)


def _pattern(entry: Mapping[str, str]) -> re.Pattern[str]:
    key = "text" if "text" in entry else "pattern"
    if ("text" in entry) == ("pattern" in entry):
        raise _Wrong(None, "a sign has either a text or a pattern")
    written = entry[key]
    if len(written) > _LONGEST:
        raise _Wrong(key, f"{key} has to have at most {_LONGEST} characters")
    try:
        pattern = re.compile(re.escape(written) if key == "text" else written)
    except (re.error, OverflowError, RecursionError) as error:
        raise _Wrong(key, f"the pattern cannot be used: {error}") from error
    if pattern.match(""):
        raise _Wrong(key, f"{key} would match an empty row")
    return pattern


def _check_quick(pattern: str) -> None:
    """Raise _Wrong for a pattern that could take long on some row."""
    plain = _ESCAPED.sub("x", pattern)
    if _REPEATED_GROUP.search(plain):
        raise _Wrong("pattern", "the pattern repeats a group, which may take long; write it out")
    if len(_REPEAT.findall(plain)) > _MOST_REPEATS:
        raise _Wrong(
            "pattern",
            f"the pattern has more than {_MOST_REPEATS} of `*`, `+` and `{{}}`",
        )
