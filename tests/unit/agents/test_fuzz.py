"""Whatever definition files hold, a person gets a home or one sentence, and no half of a home."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from houmao.agents.assemble import (
    Preset,
    assemble,
    choose_from,
    load_manifest,
    load_parts,
    new_home_below,
    overrides_from,
)
from houmao.agents.backends import LOCAL
from houmao.agents.brain import plan_brain
from houmao.agents.brain_manifest import read_manifest
from houmao.agents.choice import BrainOptions
from houmao.agents.command_line import interactive_argv
from houmao.agents.document import parse
from houmao.agents.folder import DefinitionFolder
from houmao.agents.launch_plan import LaunchRequest, plan_launch
from houmao.agents.parts import Role
from houmao.agents.selector import select
from houmao.errors import HoumaoError
from tests.unit.agents.definitions import NOW, SECRET, definitions

FILES = (
    "blueprints/gpu-kernel-coder.yaml",
    "brains/brain-recipes/codex/gpu-kernel-coder-default.yaml",
    "brains/tool-adapters/codex.yaml",
)
SLOW = settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

words = st.sampled_from(
    [
        "",
        "a",
        ".",
        "..",
        "../x",
        "/x",
        "codex",
        "symlink",
        "copy",
        "files",
        "auth.json",
        "launch.sh",
    ]
) | st.text(max_size=8)
names = words | st.sampled_from(["x" * 300, "\udcff", "\0", "~who-is-this/x"]) | st.text()
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | names
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return definitions(tmp_path_factory.mktemp("fuzz") / "agents")


@contextmanager
def replaced(path: Path, content: bytes) -> Iterator[None]:
    """The file holds something else for a while."""
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


def complaint(act: Callable[[], object]) -> str | None:
    """What a person is told, None when all went well; any other exception fails the test."""
    try:
        act()
    except HoumaoError as error:
        return error.message
    return None


def build_in(root: Path, runtime: Path) -> None:
    """A whole home with its manifest is there afterwards, or a sentence is said and nothing is."""

    def act() -> None:
        folder = DefinitionFolder(root)
        choice = choose_from(folder, Preset(blueprint=FILES[0]), BrainOptions(), runtime)
        assemble(folder, choice, new_home_below(runtime, "h", NOW, "python"))

    said = complaint(act)
    left = [os.listdir(runtime / it) for it in ("homes", "manifests") if (runtime / it).exists()]
    if said is None:
        assert left == [["h"], ["h.yaml"]]
        manifest = runtime / "manifests/h.yaml"
        assert SECRET not in manifest.read_text("utf-8")
        load_manifest(manifest)
    else:
        assert not any(left)
        assert SECRET not in said
        assert "\n" not in said


def paths_of(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a document."""
    yield before
    inner: Any = {dict: lambda: document.items(), list: lambda: enumerate(document)}
    for key, value in inner.get(type(document), tuple)():
        yield from paths_of(value, (*before, key))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with the value at that place."""
    if not path:
        return value
    document[path[0]] = put(document[path[0]], path[1:], value)
    return document


@SLOW
@given(name=st.sampled_from(FILES), content=st.binary(max_size=60) | words.map(str.encode))
@example(name=FILES[0], content=b"\xef\xbb\xbf")
@example(name=FILES[0], content=b"a: " + b"[" * 3000)
def test_any_bytes(root: Path, name: str, content: bytes) -> None:
    """Files of anything at all."""
    with replaced(root / name, content), tempfile.TemporaryDirectory() as runtime:
        build_in(root, Path(runtime).resolve())


@SLOW
@given(data=st.data(), name=st.sampled_from(FILES), value=values)
def test_any_value_anywhere(root: Path, data: st.DataObject, name: str, value: Any) -> None:
    """Good files with one place of them replaced by anything."""
    document = yaml.safe_load((root / name).read_text("utf-8"))
    path = data.draw(st.sampled_from(list(paths_of(document))))
    text = yaml.safe_dump(put(document, path, value), allow_unicode=False)
    with replaced(root / name, text.encode()), tempfile.TemporaryDirectory() as runtime:
        build_in(root, Path(runtime).resolve())


@SLOW
@given(st.text(), st.booleans())
def test_any_text_as_a_document(text: str, as_json: bool) -> None:
    said = complaint(lambda: parse(text, "doc", as_json=as_json).done())
    assert said is None or said.startswith("doc")


@SLOW
@given(names | st.text().map("{".__add__))
def test_any_overrides(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert complaint(lambda: overrides_from(text, Path(folder))) != ""


@SLOW
@given(data=st.data(), value=values, backend=st.sampled_from([LOCAL, "codex_headless"]))
def test_any_manifest(root: Path, data: st.DataObject, value: Any, backend: str) -> None:
    """A manifest that somebody changed is launched as it says, or one sentence is said."""
    folder = DefinitionFolder(root)
    chosen = choose_from(folder, Preset(blueprint=FILES[0]), BrainOptions(), root)
    new_home = new_home_below(Path("/rt"), "h", NOW, "python")
    document = yaml.safe_load(
        yaml.safe_dump(dict(plan_brain(chosen, load_parts(folder, chosen), new_home).manifest))
    )
    path = data.draw(st.sampled_from(list(paths_of(document))))
    text = yaml.safe_dump(put(document, path, value))

    def launched() -> None:
        brain = read_manifest(parse(text, "m.yaml"), Path("m.yaml"))
        plan = plan_launch(LaunchRequest(brain, backend, Path("/w"), role=Role("r", "Be good.")))
        json.dumps(plan.persisted())
        assert interactive_argv(plan)

    assert complaint(launched) != ""


@SLOW
@given(names)
@example("/")
def test_any_name(root: Path, text: str) -> None:
    """Also names that no file can have."""
    folder = DefinitionFolder(root)
    for preset in (Preset(recipe=text), Preset(blueprint=text)):
        assert complaint(partial(choose_from, folder, preset, BrainOptions(), root)) != ""
    for ask in (folder.adapter, folder.skill, folder.role):
        assert complaint(partial(ask, text)) != ""
    assert complaint(lambda: select(folder, text, "codex")) != ""
    assert complaint(lambda: DefinitionFolder(root / text)) != ""
