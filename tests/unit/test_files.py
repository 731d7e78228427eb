"""A file is replaced as a whole or not at all."""

import os
from pathlib import Path

import pytest

from houmao.files import is_anothers, read_plain, replace_text
from houmao.state.connect import PROMPT, ForeignSocket, connect


def test_replaces_content_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The new text is there, private, and no temporary file stays."""
    replace_text(tmp_path / "a", "one")
    replace_text(tmp_path / "a", "zwölf\n")
    assert (tmp_path / "a").read_text("utf-8") == "zwölf\n"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["a"]


def test_failure_keeps_the_old_content(tmp_path: Path) -> None:
    """When the rename fails the old file and nothing else is there."""
    (tmp_path / "a" / "full").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        replace_text(tmp_path / "a", "one")
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_is_replaced(tmp_path: Path) -> None:
    """What a link in the file's place points to is left alone."""
    (tmp_path / "target").write_text("precious")
    (tmp_path / "a").symlink_to("target")
    replace_text(tmp_path / "a", "one")
    assert (tmp_path / "target").read_text() == "precious"
    assert not (tmp_path / "a").is_symlink()


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    """A link is not followed, and nobody waits for a pipe."""
    (tmp_path / "secret").write_text("s3cret")
    (tmp_path / "link").symlink_to("secret")
    os.mkfifo(tmp_path / "pipe")
    assert read_plain(tmp_path / "secret") == b"s3cret"
    for name in ("link", "pipe", "absent"):
        with pytest.raises(OSError, match=name):
            read_plain(tmp_path / name)


def test_a_folder_that_another_user_took(tmp_path: Path) -> None:
    """Where everybody may make one, only our own and root's is trusted."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    for name in ("ours", "theirs"):
        (shared / name).mkdir()
    (shared / "link").symlink_to(tmp_path)
    assert not is_anothers(shared / "ours" / "sock")
    assert not is_anothers(shared / "absent" / "sock")
    assert is_anothers(shared / "link" / "sock")
    if os.getuid() == 0:
        os.chown(shared / "theirs", 65534, 65534)
        assert is_anothers(shared / "theirs" / "sock")
        with pytest.raises(ForeignSocket):
            connect(f"unix://{shared}/theirs/sock", PROMPT).ping()
