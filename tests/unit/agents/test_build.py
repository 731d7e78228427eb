"""A home is built as a whole or not at all, and nobody else can read it."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
import yaml

from houmao.agents.brain import BrainPlan, Entry, FileCopy, FileLink, ScriptFile
from houmao.agents.build import build
from houmao.errors import Conflict, Unavailable


def plan(root: Path, *entries: Entry, units: frozenset[PurePosixPath] = frozenset()) -> BrainPlan:
    return BrainPlan(
        home_id="h",
        home_path=root / "homes" / "h",
        manifest_path=root / "manifests" / "h.yaml",
        entries=entries,
        skills_folder=PurePosixPath("skills"),
        units=units,
        variable_names=(),
        argv=("x",),
        manifest={"schema_version": 2, "name": "é"},
    )


def copy(place: str, source: Path, text: str = "new") -> FileCopy:
    source.write_text(text)
    return FileCopy(PurePosixPath(place), source)


def snapshot(root: Path) -> dict[str, str]:
    """Everything below the root but locks: path to content, link target or mode."""
    return {str(path.relative_to(root)): _content(path) for path in _walk(root)}


def _walk(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if "locks" not in path.parts)


def _content(path: Path) -> str:
    if path.is_symlink():
        return os.readlink(path)
    return oct(path.stat().st_mode & 0o777) if path.is_dir() else path.read_text("utf-8")


def test_builds(tmp_path: Path) -> None:
    """Files are private, links stay links, an executable stays one, nothing else is left."""
    root, source = tmp_path / "rt", tmp_path / "tool.sh"
    tool = copy("bin/tool.sh", source)
    source.chmod(0o755)
    entries = (
        copy("a/b/c.txt", tmp_path / "c.txt"),
        tool,
        FileLink(PurePosixPath("l"), "../nowhere"),
        ScriptFile(PurePosixPath("launch.sh"), "#!/bin/sh\n"),
    )
    build(plan(root, *entries), reuse=False)
    home = root / "homes/h"
    modes = {str(p.relative_to(home)): p.lstat().st_mode & 0o777 for p in home.rglob("*")}
    assert {name: mode for name, mode in modes.items() if name != "l"} == {
        "a": 0o700,
        "a/b": 0o700,
        "a/b/c.txt": 0o600,
        "bin": 0o700,
        "bin/tool.sh": 0o700,
        "launch.sh": 0o700,
    }
    assert os.readlink(home / "l") == "../nowhere"
    assert home.stat().st_mode & 0o777 == 0o700
    manifest = root / "manifests/h.yaml"
    assert yaml.safe_load(manifest.read_text("utf-8")) == {"schema_version": 2, "name": "é"}
    assert manifest.stat().st_mode & 0o777 == 0o600
    assert os.listdir(root / "homes") == ["h"]


def test_an_existing_home_is_refused_untouched(tmp_path: Path) -> None:
    first = plan(tmp_path / "rt", copy("a", tmp_path / "a", "old"))
    build(first, reuse=False)
    before = snapshot(tmp_path / "rt")
    with pytest.raises(Conflict, match=r"homes/h exists already; build it again with --reuse"):
        build(plan(tmp_path / "rt", copy("b", tmp_path / "b")), reuse=False)
    assert snapshot(tmp_path / "rt") == before


def test_reuse_keeps_what_the_tool_wrote(tmp_path: Path) -> None:
    """Planned places change, obsolete ones go, whole units are replaced, all else stays."""
    root = tmp_path / "rt"
    home = root / "homes/h"
    build(plan(root, copy("a", tmp_path / "a", "old"), copy("s/old", tmp_path / "s")), reuse=False)
    (home / "history").write_text("mine")
    (home / "skills/gone").mkdir(parents=True)
    (home / "skills/own").mkdir()
    unit = PurePosixPath("s")
    entries = (copy("a", tmp_path / "a"), copy("s/new", tmp_path / "s"))
    again = plan(root, *entries, units=frozenset({unit}))
    build(again, reuse=True, obsolete=[PurePosixPath("skills/gone")])
    assert snapshot(home) == {
        "a": "new",
        "history": "mine",
        "s": "0o700",
        "s/new": "new",
        "skills": "0o755",
        "skills/own": "0o755",
    }


def test_reuse_never_writes_through_a_link(tmp_path: Path) -> None:
    """A link in the home is replaced; what it led to is somebody else's."""
    root, theirs = tmp_path / "rt", tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "SKILL.md").write_text("precious")
    build(plan(root, FileLink(PurePosixPath("skills/x"), str(theirs))), reuse=False)
    build(plan(root, copy("skills/x/SKILL.md", tmp_path / "n")), reuse=True)
    assert (theirs / "SKILL.md").read_text() == "precious"
    assert (root / "homes/h/skills/x/SKILL.md").read_text() == "new"


def test_a_linked_home_is_not_reused(tmp_path: Path) -> None:
    (tmp_path / "rt/homes").mkdir(parents=True)
    (tmp_path / "rt/homes/h").symlink_to(tmp_path)
    with pytest.raises(Conflict):
        build(plan(tmp_path / "rt"), reuse=True)


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    """A source that is gone ends in one sentence; there is no home, no manifest, no rest."""
    gone = FileCopy(PurePosixPath("b"), tmp_path / "gone")
    with pytest.raises(Unavailable, match=r"cannot be made: .*gone: No such file"):
        build(plan(tmp_path / "rt", copy("a", tmp_path / "a"), gone), reuse=False)
    assert set(snapshot(tmp_path / "rt")) == {"homes"}


@pytest.mark.parametrize("reuse", [False, True])
def test_a_failed_manifest_takes_the_home_back(tmp_path: Path, reuse: bool) -> None:
    """Also after all files are in place everything is as it was before."""
    root = tmp_path / "rt"
    if reuse:
        build(
            plan(root, copy("a", tmp_path / "a", "old"), copy("d/e", tmp_path / "e")), reuse=False
        )
        (root / "manifests/h.yaml").unlink()
    # A folder in the manifest's place makes the last step fail.
    (root / "manifests/h.yaml/x").mkdir(parents=True)
    before = snapshot(root)
    changed = (copy("a", tmp_path / "a"), copy("d", tmp_path / "e"), copy("n", tmp_path / "n"))
    with pytest.raises(Unavailable):
        build(plan(root, *changed), reuse=reuse)
    after = snapshot(root)
    assert after.pop("homes", None) in (before.pop("homes", None), "0o700")
    assert after == before


def test_what_a_killed_build_left_is_cleared(tmp_path: Path) -> None:
    """Only rests of this very home go: another one may be under construction."""
    homes = tmp_path / "rt/homes"
    ours, others = homes / f".h.{'0' * 32}.tmp", homes / f".h.x.{'0' * 32}.tmp"
    for rest in (ours, others):
        (rest / "new").mkdir(parents=True)
    build(plan(tmp_path / "rt"), reuse=False)
    assert sorted(os.listdir(homes)) == [others.name, "h"]
