"""What a registered terminal may be called and under which id it is watched."""

import pytest

from houmao.terminals.registration import (
    Registration,
    UnsafeName,
    check_session_name,
    default_terminal_id,
    is_terminal_id,
)


@pytest.mark.parametrize("name", ["work", "my session", "v1.2", "cao-7f", "…", "a" * 200])
def test_plain_names(name: str) -> None:
    assert check_session_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a/b", "a\\b", "a\0b", " a", "a\n", "a" * 201, "../up"]
)
def test_names_that_could_leave_the_folder(name: str) -> None:
    with pytest.raises(UnsafeName, match="session_name"):
        check_session_name(name)


@pytest.mark.parametrize("text", ["", "0123456", "0123456g", "0123456A", "012345678", "01234567\n"])
def test_only_eight_hex_digits_are_a_terminal_id(text: str) -> None:
    assert not is_terminal_id(text)


def test_the_default_id_is_one_and_stays_the_same() -> None:
    """A session that is registered twice without an id is one terminal."""
    assert is_terminal_id(default_terminal_id("work"))
    assert default_terminal_id("work") == default_terminal_id("work")
    assert default_terminal_id("work") != default_terminal_id("work2")


@pytest.mark.parametrize(
    ("given", "watched"), [(None, "0a1b2c3d"), ("gpu-1", "gpu-1"), ("a/b", "0a1b2c3d")]
)
def test_the_id_it_is_watched_under(given: str | None, watched: str) -> None:
    """The agent's own id when there is a usable one."""
    registration = Registration("work", "0a1b2c3d", "claude", 1.0, agent_id=given)
    assert registration.own_agent_id == watched


def test_the_tmux_session_defaults_to_the_session() -> None:
    registration = Registration("work", "0a1b2c3d", "claude", 1.0)
    assert registration.tmux_session == "work"
