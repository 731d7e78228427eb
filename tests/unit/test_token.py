"""The bearer token's file and its comparison."""

import stat
from pathlib import Path

import pytest

from houmao import token
from houmao.errors import ConfigError


def test_a_new_token_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    """The file is made once, with mode 0600, and holds a long random text."""
    path = tmp_path / "root" / "token"

    token.ensure(path)
    first = token.read(path)
    token.ensure(path)

    assert token.read(path) == first
    assert len(first) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A token somebody else may know is none; the error names the fix and not the token."""
    path = tmp_path / "token"
    path.write_text("secret-text")
    path.chmod(0o644)

    with pytest.raises(ConfigError, match="chmod 600") as error:
        token.ensure(path)

    assert "secret-text" not in error.value.message


def test_an_empty_or_missing_file_is_refused(tmp_path: Path) -> None:
    """An empty token would let everybody in."""
    empty = tmp_path / "empty"
    empty.touch(mode=0o600)

    for path in (empty, tmp_path / "missing"):
        with pytest.raises(ConfigError):
            token.read(path)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Bearer abc", True),
        ("bearer abc", True),
        ("Bearer abcd", False),
        ("Bearer ", False),
        ("Basic abc", False),
        ("abc", False),
        ("", False),
        ("Bearer äöü", False),
    ],
)
def test_only_the_whole_token_counts(header: str, shown: bool) -> None:
    """Scheme in any case, text exactly."""
    assert token.is_shown(header, "abc") is shown
