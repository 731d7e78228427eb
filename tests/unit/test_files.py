"""A file is replaced as a whole or not at all."""

import os
from pathlib import Path

import pytest

from houmao.files import replace_text


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
