"""Documents are read strictly, and every error names document, line, field and expectation."""

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from houmao.agents.document import MAX_CHARACTERS, Section, is_component, parse
from houmao.errors import DefinitionError
from tests.unit.agents.definitions import section


def refusal(text: str, read: Callable[[Section], object]) -> str:
    """What the reader says against the document."""
    with pytest.raises(DefinitionError) as caught:
        read(section(text))
    return caught.value.message


def test_reads_every_kind() -> None:
    """Text, lists, numbers, truth values, paths and sections arrive as themselves."""
    doc = section("a: ' x '\nb: [p, '']\nc: 7\nd: yes\ne: in/side\nf: {g: [{h: deep}]}\n")
    assert doc.text("a") == "x"
    assert doc.texts("b") == ("p", "")
    assert doc.optional_integer("c", 1, 9) == 7
    assert doc.optional_boolean("d") is True
    assert doc.inner_path("e") == PurePosixPath("in/side")
    assert [item.text("h") for item in doc.section("f").sections("g")] == ["deep"]
    doc.done()


def test_null_is_absent() -> None:
    """A field that says null is as good as none."""
    assert section("a: null\nb:\n").optional_text("a") is None
    assert list(section("b:\n").sections("b")) == []


@pytest.mark.parametrize(
    ("text", "read", "said"),
    [
        ("a: 1\nb: 2026\n", lambda d: d.text("b"), "line 2: b: found a number (2026), expected"),
        ("a: [\n", None, "line 2: found no valid YAML"),
        ("a: x\n", lambda d: d.text("b"), "b: found nothing, expected text"),
        ("a: ' '\n", lambda d: d.text("a"), "line 1: a: found blank text, expected text"),
        ("a: x\n\na: y\n", None, "line 1: a: found a second time in line 3, expected once"),
        ("a: 2\n", lambda d: d.schema_version(1), "found nothing, expected 1"),
        (
            "schema_version: 2\n",
            lambda d: d.schema_version(1),
            "schema_version: found a number (2), expected 1",
        ),
        ("schema_version: '1'", lambda d: d.schema_version(1), "found text, expected 1"),
        ("a: {b: {c: 1}}", lambda d: d.section("a").section("b").text("c"), "a.b.c: found a num"),
        ("a: [x, 3]", lambda d: d.texts("a"), "a: found a number (3), expected a list of texts"),
        ("a: x", lambda d: d.one_of("a", ("p", "q")), "a: found 'x', expected p or q"),
        ("a: [x, x]", lambda d: d.components("a"), "a: found a name twice, expected each once"),
        ("a: x\nb: y\n", lambda d: (d.text("a"), d.done()), "line 2: b: found a field that is"),
        ("a: {p: 1}", lambda d: d.section("a").booleans(), "a.p: found a number (1), expected tr"),
        ("a: 70000", lambda d: d.optional_integer("a", 1, 65535), "whole number from 1 to 65535"),
        ("a: 0x10", lambda d: d.optional_integer("a", 1, 65535), "a whole number from 1"),
        ("a: b-c", lambda d: d.variable("a"), "a: found 'b-c', expected the name of a variable"),
        ("- a", None, "found a list, expected a mapping"),
        ("", None, "found nothing, expected a mapping"),
        ("1: x", None, "found a field name that is no text"),
        ("<<: {a: b}", None, "found a field name that is no text"),
        ("a: 1\n---\na: 2\n", None, "found no valid YAML"),
        ("a: !!python/name:os.system x", lambda d: d.text("a"), "a: found something else"),
    ],
)
def test_says_what_is_wrong(text: str, read: Callable[[Section], object] | None, said: str) -> None:
    message = refusal(text, read or (lambda _: None))
    assert message.startswith("doc.yaml")
    assert said in message


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", "a\\b"])
def test_paths_stay_inside(path: str) -> None:
    """No path of a document leads out of the folder it is relative to."""
    assert "expected a relative path" in refusal(f"a: '{path}'", lambda d: d.inner_path("a"))


def test_a_folder_is_no_file() -> None:
    assert "path of a file" in refusal("a: .", lambda d: d.inner_file("a"))


def test_bottomless_documents_are_refused() -> None:
    """Deep nesting, huge size and anchors that hold themselves end in one sentence."""
    with pytest.raises(DefinitionError):
        section("a: " + "[" * 5000)
    with pytest.raises(DefinitionError):
        section("#" * (MAX_CHARACTERS + 1))
    with pytest.raises(DefinitionError):
        section("a: &x [*x]").texts("a")


def test_json_has_lines_tabs_and_pairs() -> None:
    """JSON is read as YAML is: with lines in errors, tabs, and characters escaped in two parts."""
    doc = parse('{\n\t"a": "\\ud83d\\ude00",\n\t"b": 1\n}', "doc.json", as_json=True)
    assert doc.text("a") == "\N{GRINNING FACE}"
    with pytest.raises(DefinitionError, match=r"doc\.json, line 3: b: found a number"):
        doc.text("b")


def test_json_must_be_json() -> None:
    with pytest.raises(DefinitionError, match=r"line 2: found no valid JSON"):
        parse('{"a": 1,\n b: 2}', "doc.json", as_json=True)


@pytest.mark.parametrize("text", ["", ".", "..", ".x", "a/b", "a\\b", "-x", "~", "a\nb", "a\0"])
def test_names_are_one_plain_component(text: str) -> None:
    assert not is_component(text)
    assert is_component("my.skill-2 b")
