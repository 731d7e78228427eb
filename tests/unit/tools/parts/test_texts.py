"""What every tool makes of texts: the rules tell the truth about their own examples."""

import re

import pytest

from houmao.errors import UsageError
from houmao.requests.typable import check_command_for, check_prompt_for
from houmao.tools.catalog import TOOLS, tool_named
from houmao.tools.parts.texts import (
    RefusalReason,
    TextFate,
    TextRefused,
    TextRule,
    as_one_paste,
    pasted,
    pieces_of,
)
from houmao.tools.tool import Tool

RULES = [(tool, rule) for tool in TOOLS for rule in tool.texts.rules]


@pytest.mark.parametrize(("tool", "rule"), RULES)
def test_a_rule_refuses_its_example(tool: Tool, rule: TextRule) -> None:
    """With its reason, the place, and what to do; the text is never repeated."""
    with pytest.raises(TextRefused) as refused:
        check_prompt_for(tool.name, rule.example)
    told = refused.value.extra()
    assert (told["reason"], told["remedy"]) == (rule.reason, rule.remedy)
    assert rule.remedy in refused.value.message


@pytest.mark.parametrize(
    ("tool", "text", "reason", "position"),
    [
        ("claude", "!ls", "interpreted_by_tool", 0),
        ("claude", "/", "interpreted_by_tool", 0),
        ("claude", "/home", "interpreted_by_tool", 0),
        ("gemini", " /", "interpreted_by_tool", 1),
        ("claude", "/foo\nbar", "interpreted_by_tool", 0),
        ("claude", ":wq", "interpreted_by_tool", 0),
        ("claude", "all:\n\tmake", "changed_by_tool", 5),
        ("claude", "cafe\u0301", "changed_by_tool", 3),
        ("claude", "\u212b", "changed_by_tool", 0),
        ("claude", "a\u200db", "changed_by_tool", 1),
        ("claude", "what is < /Pasted_Content>?", "changed_by_tool", 8),
        ("codex", "a\U0001ffffb", "changed_by_tool", 1),
        ("claude", "a\ufe0f", "changed_by_tool", 1),
        ("claude", "a\U000e0041b", "changed_by_tool", 1),
        ("codex", "!important: fix it", "interpreted_by_tool", 0),
        ("gemini", "/help me", "interpreted_by_tool", 0),
        ("gemini", "zero\u200bwidth", "changed_by_tool", 4),
        ("qwen", "see\n\n@alpha.txt", "changed_by_tool", 5),
        ("copilot", " Exit ", "interpreted_by_tool", 1),
        ("copilot", "│ ──\n", "changed_by_tool", 0),
    ],
)
def test_what_would_not_arrive(tool: str, text: str, reason: str, position: int) -> None:
    """Each tool has its own mind."""
    with pytest.raises(TextRefused) as refused:
        check_prompt_for(tool, text)
    assert (refused.value.extra()["reason"], refused.value.extra()["position"]) == (
        reason,
        position,
    )


@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("claude", "Exit"),
        ("claude", "<pasted_contents> of pasted_content"),
        ("claude", "exit now"),
        ("claude", "/tmp"),
        ("claude", "/etc/hosts looks wrong"),
        ("claude", "/home is full"),
        ("claude", "// TODO"),
        ("claude", "hello\n!ls\n/clear"),
        ("claude", "👨\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 می\u200cخواهم क\u094d\u200dष"),
        ("claude", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("codex", "/model"),
        ("codex", "exit"),
        ("gemini", "!ls"),
        ("gemini", "/foo bar"),
        ("unheard-of", "!ls"),
    ],
)
def test_what_arrives(tool: str, text: str) -> None:
    """Nothing is refused that the tool takes as words."""
    assert check_prompt_for(tool, text) == text


NEW, OLD = (2, 1, 332), (2, 1, 197)


def keys(tool: str, text: str, version: tuple[int, int, int] | None = NEW) -> str:
    return next(it for it in TOOLS if it.name == tool).texts.keystrokes(text, version)


@pytest.mark.parametrize(
    ("tool", "text", "typed"),
    [
        ("codex", "/model now", " /model now"),
        ("codex", "look at @file", "look at @file "),
        ("codex", "use $word", "use $word "),
        ("codex", "plain", "plain"),
        ("gemini", "/ is the root", " / is the root"),
        ("gemini", "ends with \\", "ends with \\ "),
    ],
)
def test_blanks_keep_texts_from_being_completed(tool: str, text: str, typed: str) -> None:
    """The tools take them off again."""
    assert keys(tool, text).replace("\x1b[201~\x1b[200~", "") == pasted(typed)


@pytest.mark.parametrize(
    "path",
    ["/tmp/a.png", "'/tmp/a b.png'", "file:///x.png", "./a", "~/a", "a\\ b.png", "/a.png /a.png"],
)
def test_a_path_is_never_pasted_whole(path: str) -> None:
    """As a file it would be taken for one that was dropped on the tool."""
    pieces = as_one_paste(path).split("\x1b[201~\x1b[200~")
    assert len(pieces) == 2
    assert all(path not in piece for piece in pieces)
    first, second = as_one_paste(f"{path}\n{path}").split("\x1b[201~\x1b[200~")
    assert path not in first
    assert f"\n{path}" in second


def test_the_first_of_several_paths_is_cut_in_its_last_part() -> None:
    """Cut between two of them, each would be a file; cut before a name, its end may be one."""
    assert as_one_paste("/tmp/a.png /tmp/a.png") == pasted("/tmp/a.pn") + pasted("g /tmp/a.png")


@pytest.mark.parametrize("text", ["picture.png", "'a picture.JPG'", " ./x.svg\n"])
def test_a_picture_is_no_paste_of_its_own_for_copilot(text: str) -> None:
    """It would be attached instead of named."""
    first, rest = text.strip()[0], text.strip()[1:]
    assert keys("copilot", text) == first + pasted(rest)


@pytest.mark.parametrize("text", ["see picture.png, please", "two\npicture.png", "@picture.png"])
def test_other_texts_are_only_pasted_for_copilot(text: str) -> None:
    assert keys("copilot", text).startswith(pasted(text[:5]).removesuffix("\x1b[201~"))


@pytest.mark.parametrize(
    "text",
    ["x" * 120_000, "a line\n" * 9_000 + "end", "\U0001f642" * 20_000, "x" + "\n" * 50_000 + "x"],
)
def test_a_long_text_is_no_file_for_copilot(text: str) -> None:
    """Up to 20 KiB stay a text, of which the last line end is lost."""
    pieces = [each.removeprefix("\x1b[200~") for each in keys("copilot", text).split("\x1b[C")]
    texts = [each.removesuffix("\x1b[201~") for each in pieces]
    assert max(len(each.encode()) for each in texts) <= 20_480
    assert "".join(re.sub(r"\n\Z", "", each) for each in texts) == text


def test_lines_for_a_new_claude_are_typed_in_bursts() -> None:
    """The first is pasted; nothing is so long that it would be quoted; Enter stays apart."""
    text = "first\n" + "x" * 2000 + "\nlast :smile"
    typed = keys("claude", text)
    head, *bursts, end = typed.split("\x1b[I")
    assert (head, end) == (pasted("first"), "")
    assert "".join(bursts) == "\n" + "x" * 2000 + "\nlast :smile "
    assert max(map(len, bursts)) < 800


def test_pictures_count_twice_for_a_new_claude() -> None:
    """It counts as its program's language does, and would quote a burst of 700 of them."""
    head, *bursts, end = keys("claude", "🐒" * 700 + "\n" + "🐒" * 700).split("\x1b[I")
    assert [part.count("🐒") for part in head.split("\x1b[201~")] == [350, 350, 0]
    assert max(part.count("🐒") for part in bursts) == 350
    assert end == ""


def test_lines_for_an_older_claude_are_one_paste() -> None:
    """It would lose bursts, as may one of which nothing is known."""
    for version in (OLD, None):
        assert keys("claude", "one\ntwo", version) == pasted("one\ntwo")


def test_a_text_that_is_too_long_for_bursts_is_quoted() -> None:
    """And the model says so."""
    texts = next(it for it in TOOLS if it.name == "claude").texts
    long = "x" * 300_000
    assert texts.quoted(long, NEW)
    assert not texts.quoted(long, OLD)
    assert not texts.quoted("short", NEW)


def test_a_command_is_one_line_behind_a_slash() -> None:
    """Whatever else it would do: the shell is never one."""
    assert check_command_for("claude", "/compact now") == "/compact now"
    for text in ("!ls", "exit", "/a\nb", "words"):
        with pytest.raises(UsageError, match="begins with `/`"):
            check_command_for("claude", text)
    with pytest.raises(TextRefused) as refused:
        check_command_for("claude", "/a\u200b")
    assert refused.value.extra()["reason"] == RefusalReason.CHANGED


def test_no_piece_ends_inside_of_a_picture() -> None:
    """A joiner at the end of one would be dropped."""
    family = "👨\u200d👩\u200d👧\u200d👦"
    for length in range(8, 40):
        pieces = pieces_of(family * 20, length)
        assert "".join(pieces) == family * 20
        assert all(set(piece.split("👨")) == {"", family[1:]} for piece in pieces)


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
@pytest.mark.parametrize(
    "piece", ["x", "@", "$", ":", "/", " ", "\\", "🐒", "👩\u200d", "\n", "a.png"]
)
def test_the_cost_of_a_text_grows_with_its_length_only(tool: str, piece: str) -> None:
    """A word of 100 kB is checked and cut; a quadratic rule would never come back."""
    long = piece * (100_000 // len(piece))
    text = f"begin {long} end {long}"
    try:
        check_prompt_for(tool, text)
    except TextRefused:
        return
    assert keys(tool, text)


@pytest.mark.parametrize(
    ("sent", "told", "fate"),
    [
        ("see @alp now\n", "see @alpha.txt now", TextFate.NAMED),
        ("@a  @b", "@a.txt  @b.txt", TextFate.NAMED),
        ("@a @b", "@a.txt  @b.txt", TextFate.CHANGED),
        ("(@alp", "( @alpha.txt", TextFate.CHANGED),
        ("@./", "@**", TextFate.CHANGED),
        ("x@alpha.txt", "x@alpha.txt", TextFate.KEPT),
        ("one", "another", TextFate.CHANGED),
    ],
)
def test_gemini_may_write_the_names_of_files(sent: str, told: str, fate: TextFate) -> None:
    """Nothing else of a text may differ from what its journal tells."""
    assert tool_named("gemini").texts.fate(sent, told) is fate
    kept = fate is TextFate.KEPT
    assert tool_named("codex").texts.fate(sent, told) is (fate if kept else TextFate.CHANGED)


def test_claude_quotes_what_is_too_long_for_bursts_and_nothing_else() -> None:
    """A shorter text in the wrapper is another text to its model."""
    fate, wrapper = (
        tool_named("claude").texts.fate,
        '<pasted_content id="1">\n{}\n</pasted_content>',
    )
    assert fate("x" * 256_001, wrapper.format("x" * 256_001)) is TextFate.KEPT
    assert fate("x" * 256_001, wrapper.format("x" * 256_000)) is TextFate.CHANGED
    assert fate("two\nlines", wrapper.format("two\nlines")) is TextFate.CHANGED
