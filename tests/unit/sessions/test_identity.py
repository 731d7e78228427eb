"""One agent has one name and one id, however it is spelled and whoever chose it."""

import pytest

from houmao.errors import UsageError
from houmao.ids import default_agent_id
from houmao.sessions.identity import (
    Identity,
    RequestedIdentity,
    identify,
    session_name,
    stored_name,
)


@pytest.mark.parametrize("spelling", ["gpu", "HOUMAO-gpu", "AGENTSYS-gpu", "  gpu "])
def test_every_spelling_is_stored_alike(spelling: str) -> None:
    """The stored name has no prefix and no blanks around it."""
    assert stored_name(spelling) == ("gpu", ())


@pytest.mark.parametrize("text", ["AGENTSYS", "HOUMAO", "my-AGENTSYS-gpu", "HOUMAO-AGENTSYS", ""])
def test_a_reserved_word_by_itself_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        stored_name(text)


@pytest.mark.parametrize("text", ["two words", "../up", "-gpu", "g.pu"])
def test_a_name_is_a_safe_component(text: str) -> None:
    with pytest.raises(UsageError, match="not usable"):
        stored_name(text)


def test_a_word_inside_another_is_taken_with_a_warning() -> None:
    name, warnings = stored_name("MyAgentsysBot")
    assert name == "MyAgentsysBot"
    assert len(warnings) == 1
    assert "AGENTSYS" in warnings[0]


def test_a_name_is_made_of_tool_and_role_when_nobody_gives_one() -> None:
    """At most 40 characters, and usable whatever the role is called."""
    made = identify(
        RequestedIdentity(), "codex", "gpu kernel coder of the very, very long name"
    ).name
    assert made.startswith("codex-gpu-kernel-coder")
    assert len(made) <= 40
    assert identify(RequestedIdentity(), "codex", None).name == "codex-agent"


def test_the_caller_wins_over_the_brain() -> None:
    wanted = RequestedIdentity(brain_name="from-brain", brain_id="b1")
    assert identify(wanted, "codex", None) == Identity("from-brain", "b1")
    named = RequestedIdentity("mine", "m1", "from-brain", "b1")
    assert identify(named, "codex", None) == Identity("mine", "m1")


def test_an_id_follows_the_name_that_is_stored() -> None:
    """Also when the brain's own id merely followed from the brain's name."""
    assert identify(RequestedIdentity("mine"), "codex", None).agent_id == default_agent_id("mine")
    brain = RequestedIdentity("mine", None, "from-brain", default_agent_id("from-brain"))
    assert identify(brain, "codex", None).agent_id == default_agent_id("mine")


def test_a_chosen_id_of_the_brain_under_another_name_is_told() -> None:
    found = identify(RequestedIdentity("mine", None, "from-brain", "b1"), "codex", None)
    assert found.agent_id == "b1"
    assert "'mine'" in found.warnings[0]


def test_a_session_is_named_after_the_agent_and_its_birth() -> None:
    identity = Identity("gpu", "g1")
    assert identity.canonical == "HOUMAO-gpu"
    assert session_name(identity, 1_774_602_000.1234) == "HOUMAO-gpu-1774602000123"
