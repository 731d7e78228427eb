"""Names, ids and the spellings under which an agent is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from houmao.errors import UsageError
from houmao.ids import (
    AgentKey,
    agent_key,
    aliases,
    canonical_name,
    check_user_name,
    default_agent_id,
    is_safe_component,
    name_part,
    slug,
    split_reference,
)

SAFE = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,30}", fullmatch=True)


@pytest.mark.parametrize("text", ["a", "0", "alpha", "HOUMAO-a_b-1", "a" * 500, "a-", "a_"])
def test_safe_components(text: str) -> None:
    """Letters, digits, dash and underscore, of any length."""
    assert is_safe_component(text)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "-a", "_a", "a b", " a", "a\n", "a/b", "a\\b", "a.b", "é", "a\0"]
)
def test_unsafe_components(text: str) -> None:
    """Whatever could be a path, an option or a blank is no component."""
    assert not is_safe_component(text)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("gpu", "HOUMAO-gpu"),
        ("HOUMAO-gpu", "HOUMAO-gpu"),
        ("AGENTSYS-gpu", "AGENTSYS-gpu"),
        ("houmao-gpu", "HOUMAO-houmao-gpu"),
        ("HOUMAOgpu", "HOUMAO-HOUMAOgpu"),
    ],
)
def test_canonical_name(name: str, canonical: str) -> None:
    """The prefix is added unless one is there exactly."""
    assert canonical_name(name) == canonical


@pytest.mark.parametrize(
    ("text", "part"),
    [("HOUMAO-gpu", "gpu"), ("AGENTSYS-gpu", "gpu"), ("gpu", "gpu"), ("HOUMAO-", "HOUMAO-")],
)
def test_name_part(text: str, part: str) -> None:
    """The prefix goes unless nothing would remain."""
    assert name_part(text) == part


@pytest.mark.parametrize(
    ("reference", "agent_name", "found"),
    [
        ("alpha", "HOUMAO-alpha", True),
        ("HOUMAO-alpha", "alpha", True),
        ("HOUMAO-alpha", "HOUMAO-alpha", True),
        ("AGENTSYS-alpha", "HOUMAO-alpha", True),
        ("alpha", "AGENTSYS-alpha", True),
        (" alpha ", "alpha", True),
        ("houmao-alpha", "HOUMAO-alpha", False),
        ("Alpha", "alpha", False),
        ("alph", "alpha", False),
        ("a/b", "a/b", False),
        ("a b", "a b", False),
        ("", "", False),
        ("MYHOUMAO", "HOUMAO-MYHOUMAO", True),
        ("foo-HOUMAO-bar", "HOUMAO-foo-HOUMAO-bar", False),
        ("AGENTSYS-x", "HOUMAO-AGENTSYS-x", False),
    ],
)
def test_reference_finds_agent(reference: str, agent_name: str, found: bool) -> None:
    """With or without either prefix, case kept, never by part and never by an unsafe text."""
    assert bool(aliases(reference) & aliases(agent_name)) is found


@given(SAFE)
def test_every_name_is_found_by_itself_and_its_canonical_form(name: str) -> None:
    """A stored name answers to itself, and a choosable one to its prefixed form too."""
    assert name in aliases(name)
    try:
        check_user_name(name)
    except UsageError:
        return
    words = name.replace("_", "-").split("-")
    if not {"HOUMAO", "AGENTSYS"} & set(words):
        assert name in aliases(canonical_name(name))


@pytest.mark.parametrize("name", ["gpu", "gpu-HOUMAO", "HOUMAOgpu", "houmaoX", "0"])
def test_names_people_may_choose(name: str) -> None:
    """Blanks around a name are dropped; the reserved word may stand elsewhere."""
    assert check_user_name(f" {name} ") == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("HOUMAO-gpu", "reserved word HOUMAO"),
        ("houmao_gpu", "reserved word HOUMAO"),
        ("HOUMAO", "reserved word HOUMAO"),
        ("HOUMAO-", "reserved word HOUMAO"),
        ("agentsys-gpu", "reserved word AGENTSYS"),
        ("a b", "not usable"),
        ("", "not usable"),
        ("../x", "not usable"),
        ("HOUMAO gpu", "not usable"),
    ],
)
def test_names_people_may_not_choose(name: str, message: str) -> None:
    """The error says which rule the name breaks."""
    with pytest.raises(UsageError, match=message):
        check_user_name(name)


@pytest.mark.parametrize(
    ("name", "agent_id"),
    [
        ("alpha", "2c1743a391305fbf367df8e4f069f9f9"),
        ("HOUMAO-alpha", "ef83ad2c9bc544c579d1f5d1c3b8dfc8"),
    ],
)
def test_default_id_is_the_digest_of_the_name_as_stored(name: str, agent_id: str) -> None:
    """A prefix is part of the name here."""
    assert default_agent_id(name) == agent_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my host.example", "my-host-example"),
        ("a--b  c", "a-b-c"),
        ("__x__", "x"),
        ("日本", "x"),
        ("a" * 50, "a" * 40),
    ],
)
def test_slug(text: str, expected: str) -> None:
    """Bad runs become one dash, ends are trimmed, and something always remains."""
    assert slug(text) == expected


@given(st.text(), st.integers(1, 60))
def test_slug_is_always_a_short_safe_component(text: str, limit: int) -> None:
    """Whatever the text, its slug can name a queue, a file or an agent."""
    assert is_safe_component(slug(text, limit))
    assert len(slug(text, limit)) <= limit


@pytest.mark.parametrize(
    ("reference", "text", "host"),
    [
        ("twin", "twin", None),
        (" twin@south ", "twin", "south"),
        ("HOUMAO-twin@south", "HOUMAO-twin", "south"),
        ("a@b@south", "a@b", "south"),
        ("", "", None),
    ],
)
def test_a_reference_may_name_a_host(reference: str, text: str, host: str | None) -> None:
    assert split_reference(reference) == (text, host)


def test_a_key_is_spelled_as_a_reference() -> None:
    """So that what Redis shows can be pasted; what is no whole key is none."""
    key = AgentKey("south", "a1")
    assert (str(key), agent_key(str(key))) == ("a1@south", key)
    assert [agent_key(it) for it in ("a1", "@south", "a1@", "a:1@south", "a@b@c")] == [None] * 5
