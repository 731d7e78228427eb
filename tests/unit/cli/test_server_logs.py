"""`houmao-mgr server logs` over files as servers leave them."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from houmao.cli.main import main

HEAD = "at=2026-11-29T08:00:{:02d}.000000Z level={} process={} event={}"


def written(root: Path, server: str, name: str, *lines: str) -> None:
    folder = root / "houmao_servers" / server / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{it}\n" for it in lines))


def shown(root: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["server", "logs", "--runtime-root", str(root), *words])


def some(root: Path) -> None:
    written(
        root,
        "127.0.0.1-9891",
        "houmao-passive-server.stderr.log",
        HEAD.format(2, "info", "serve", "started"),
        HEAD.format(5, "error", "watch", "died"),
        "Traceback (most recent call last):",
        "  a place\x1b[2J",
    )
    written(
        root, "127.0.0.1-9889", "houmao-server.stderr.log", HEAD.format(3, "info", "web", "began")
    )


def test_what_all_servers_said_by_time(tmp_path: Path) -> None:
    """A traceback stays with its line, and steers no terminal."""
    some(tmp_path)
    lines = shown(tmp_path).output.splitlines()
    assert [it.split("event=")[-1] for it in lines[:3]] == ["started", "began", "died"]
    assert lines[3:] == ["Traceback (most recent call last):", "  a place [2J"]


def test_the_last_ones_of_a_level(tmp_path: Path) -> None:
    """`-n` counts what is wanted; `--json` has the level by itself."""
    some(tmp_path)
    (found,) = map(json.loads, shown(tmp_path, "--level", "error", "--json").output.splitlines())
    assert (found["level"], len(found["lines"])) == ("error", 3)
    assert shown(tmp_path, "-n", "1", "--level", "info").output.startswith(
        HEAD.format(5, "error", "watch", "died")
    )
    assert shown(tmp_path, "-n", "0").output == ""


def test_what_was_said_before_the_file_was_full(tmp_path: Path) -> None:
    """As many files as it takes."""
    name = "houmao-server.stderr.log"
    for number, second in ((".2", 1), (".1", 2), ("", 3)):
        line = HEAD.format(second, "info", "web", f"at{second}")
        written(tmp_path, "127.0.0.1-9889", name + number, line)
    assert [it[-3:] for it in shown(tmp_path, "-n", "2").output.splitlines()] == ["at2", "at3"]
    assert len(shown(tmp_path).output.splitlines()) == 3


def test_nothing_was_ever_said(tmp_path: Path) -> None:
    """The error says where it was looked for."""
    result = shown(tmp_path)
    assert result.exit_code != 0
    assert str(tmp_path) in result.output
