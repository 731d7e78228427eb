"""A built brain is made ready to launch: credentials read, version asked, home prepared."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from houmao.agents.assemble import assemble, load_manifest, new_home_below
from houmao.agents.brain_manifest import BrainManifest
from houmao.agents.choice import BrainChoice
from houmao.agents.folder import DefinitionFolder
from houmao.agents.launch import PreparationRequest, prepare
from houmao.agents.launch_policy import Intent
from houmao.errors import IncompatibleLaunch, NotFound
from tests.unit.agents.definitions import NOW, SECRET


@dataclass(frozen=True, slots=True)
class Bench:
    """Stub tools on a PATH, and brains built of the template."""

    folder: DefinitionFolder
    path: Path

    def tool(self, name: str, version: str) -> None:
        """A program that tells this version and notes that it was asked."""
        program = self.path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho asked >> {self.path}/asked\necho '{version}'\n")
        program.chmod(0o700)

    def brain(self, tool: str, prompt_mode: str = "interactive") -> BrainManifest:
        choice = BrainChoice(tool, (), "default", "personal-a-default", prompt_mode)
        new_home = new_home_below(self.path / "rt", tool, NOW, "python")
        return load_manifest(assemble(self.folder, choice, new_home).manifest_path)

    def wish(self, brain: BrainManifest, backend: str = "local_interactive") -> PreparationRequest:
        return PreparationRequest(
            brain, backend, self.path, {"PATH": f"{self.path}/bin:{os.environ['PATH']}"}
        )

    def asked(self) -> bool:
        return (self.path / "asked").exists()


@pytest.fixture
def bench(folder: DefinitionFolder, tmp_path: Path) -> Bench:
    return Bench(folder, tmp_path)


def test_credentials_are_read_when_launched(bench: Bench, root: Path) -> None:
    """A key that was changed after the build is used without building again."""
    brain = bench.brain("claude")
    env = root / "brains/api-creds/claude/personal-a-default/env/vars.env"
    env.write_text("ANTHROPIC_API_KEY=rotated\n")
    assert prepare(bench.wish(brain)).env == {"ANTHROPIC_API_KEY": "rotated"}
    assert not bench.asked()


def test_unattended_home_is_made_ready(bench: Bench) -> None:
    bench.tool("claude", "2.1.197 (Claude Code)")
    brain = bench.brain("claude", "unattended")
    plan = prepare(bench.wish(brain))
    assert plan.args == ("--dangerously-skip-permissions",)
    assert plan.launch_policy_provenance is not None
    assert plan.launch_policy_provenance["detected_tool_version"] == "2.1.197"
    state = (brain.home_path / ".claude.json").read_text()
    assert SECRET not in state
    assert SECRET[-20:] in state


def test_control_touches_no_file(bench: Bench) -> None:
    bench.tool("claude", "2.1.197")
    brain = bench.brain("claude", "unattended")
    before = sorted(os.listdir(brain.home_path))
    prepare(replace(bench.wish(brain), intent=Intent.RESUME_CONTROL))
    assert sorted(os.listdir(brain.home_path)) == before


def test_too_old_for_unattended(bench: Bench) -> None:
    """Then the home stays as it was built."""
    bench.tool("codex", "codex-cli 0.100.0")
    brain = bench.brain("codex", "unattended")
    before = sorted(os.listdir(brain.home_path))
    with pytest.raises(IncompatibleLaunch, match=r"codex 0\.100\.0 cannot be started unattended"):
        prepare(bench.wish(brain))
    assert sorted(os.listdir(brain.home_path)) == before


def test_a_forced_strategy(bench: Bench) -> None:
    bench.tool("codex", "nightly")
    wish = bench.wish(bench.brain("codex", "unattended"))
    forced = {"HOUMAO_LAUNCH_POLICY_OVERRIDE_STRATEGY": "codex-unattended-0.116.x"}
    assert prepare(replace(wish, environ={**wish.environ, **forced})).args == ()


def test_codex_with_a_daemon(bench: Bench) -> None:
    bench.tool("codex", "codex-cli 0.169.0")
    brain = bench.brain("codex")
    assert prepare(bench.wish(brain)).args == ("--no-daemon",)
    assert prepare(bench.wish(brain, "codex_headless")).args == ()


def test_a_home_that_is_gone(bench: Bench) -> None:
    brain = replace(bench.brain("claude"), home_path=Path("/gone"))
    with pytest.raises(NotFound, match="the home /gone is gone; build the brain again"):
        prepare(bench.wish(brain))
