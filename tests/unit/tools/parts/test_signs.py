"""A file of signs says how things look in which versions; what is wrong with it is told by line."""

import re
from pathlib import Path

import pytest

import houmao.tools
from houmao.tools.catalog import TOOLS
from houmao.tools.parts.signs import OWN, SHIPPED, SignBook, parse_signs
from houmao.tools.tool import Tool

FOLDER = Path(houmao.tools.__file__).parent
KNOWN = frozenset({"answer_row", "spinner_row"})


def book(text: str, file: str = SHIPPED) -> SignBook:
    """The signs of a file without a fault."""
    found = parse_signs(text, file)
    assert found.problems == ()
    return found.book


def test_a_text_begins_the_row_and_a_pattern_matches_from_its_first_column() -> None:
    signs = book("[[a]]\ntext = \"* (\"\n\n[[b]]\npattern = ' [0-9]+ s'\n").at(None)
    assert signs.find("a", "* (one") is not None
    assert signs.find("a", " * (one") is None
    assert signs.find("b", " 12 s to go") is not None


def test_evidence_names_the_line_of_the_sign_that_decided() -> None:
    signs = book('[[a]]\ntext = "one"\n\n[[a]]\ntext = "two"\n').at(None)
    found = signs.evidence("a", 7, "two rows")
    assert found is not None
    assert (found.rule, found.rows, found.origin) == ("a", (7,), "shipped:4")


@pytest.mark.parametrize(
    ("version", "seen"),
    [((0, 9, 9), False), ((1, 0, 0), True), ((1, 1, 9), True), ((1, 2, 0), False), (None, False)],
)
def test_a_sign_counts_from_since_to_before_until(
    version: tuple[int, int, int] | None, seen: bool
) -> None:
    """A version that nobody knows is taken for the newest."""
    signs = book('[[a]]\ntext = "x"\nsince = "1.0"\nuntil = "1.2.0"\n').at(version)
    assert (signs.find("a", "x") is not None) == seen


def test_a_users_sign_takes_the_place_of_all_that_are_named_like_it() -> None:
    shipped = book('[[a]]\ntext = "one"\n[[a]]\ntext = "two"\n[[b]]\ntext = "three"\n')
    own = book('[[a]]\ntext = "ours"\nsince = "2.0"\n', OWN)
    new, old = shipped.at((2, 0, 0), own), shipped.at((1, 9, 0), own)
    assert [s.origin for s in new.by_name["a"]] == ["own:1"]
    assert [s.origin for s in old.by_name["a"]] == ["shipped:1", "shipped:3"]
    assert [s.origin for s in new.by_name["b"]] == ["shipped:5"]


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        (r"(a+)+$", False),
        (r"(a|ab)*c", False),
        (r"(?:x\s?){5,}y", False),
        (r".*a.*b.*c", False),
        (r"\s+[)*]+ \(\* \d", True),
        (r"• .*tokens|└ (done|over)?", True),
    ],
)
def test_a_users_pattern_holds_nobody_up(pattern: str, taken: bool) -> None:
    """What could go back and forth on one row is refused; what comes with us is our own."""
    text = f"[[answer_row]]\npattern = '{pattern}'\n"
    found = parse_signs(text, OWN, KNOWN)
    assert (not found.problems) == taken
    assert [it.line for it in found.problems] == ([] if taken else [2])
    assert parse_signs(text, SHIPPED).problems == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[answer_row]]\ntext = "x\n', 2, "at line 2"),
        ('\n[[answer_rwo]]\ntext = "x"\n', 2, "known: answer_row, spinner_row"),
        ('[[answer_row]]\ntext = "x"\n\n[[answer_row]]\npattern = "("\n', 5, "cannot be used"),
        ('[[answer_row]]\npattern = ".*"\n', 2, "empty row"),
        ('[[answer_row]]\ntext = ""\n', 2, "empty row"),
        ('[[answer_row]]\nmeans = "?"\n', 1, "either a text or a pattern"),
        ('[[answer_row]]\ntext = "x"\npattern = "x"\n', 1, "either a text or a pattern"),
        ('[[answer_row]]\ntext = "x"\nsince = "new"\n', 3, "such as"),
        ('[[answer_row]]\ntext = "x"\nsince = "2.0"\nuntil = "1.0"\n', 4, "later than since"),
        ("[[answer_row]]\ntext = 3\n", 2, "quotes"),
        ('[[answer_row]]\ncolour = "red"\ntext = "x"\n', 2, "no key of a sign"),
        ('answer_row = "x"\n', 1, "[[answer_row]]"),
        ('\n[answer_row]\ntext = "x"\n', 2, "[[answer_row]]"),
        (f'[[answer_row]]\ntext = "{"x" * 301}"\n', 2, "at most 300"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_way_out(
    text: str, line: int, words: str
) -> None:
    found = parse_signs(text, OWN, KNOWN)
    (problem,) = found.problems
    assert (problem.line, words in problem.message) == (line, True), problem
    assert all(sign.pattern.match("x") for sign in found.book.signs)


def test_one_wrong_entry_leaves_the_others() -> None:
    found = parse_signs('[[answer_row]]\ntext = 3\n[[spinner_row]]\ntext = "x"\n', OWN, KNOWN)
    assert [sign.origin for sign in found.book.signs] == ["own:3"]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_code_asks_for_the_signs_that_the_file_has_and_for_no_other(tool: Tool) -> None:
    """A sign that is asked for and not there would raise, one that nobody asks for is dead."""
    code = "".join(it.read_text("utf-8") for it in (FOLDER / tool.name).glob("*.py"))
    asked = set(re.findall(r"(?:shows|find|origin|evidence)\(\s*\"(\w+)\"", code))
    named = set(re.findall(r"\"(\w+)\"", code)) | {"working_title"}
    assert asked <= tool.signs.names <= named


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_sign_is_drawn_by_the_newest_version(tool: Tool) -> None:
    """What no version draws any more is taken out of the code as well."""
    assert all(tool.signs.at(None).by_name.values())
