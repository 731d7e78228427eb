"""`houmao-mgr build-brain`, also `brains build`: a runtime home out of agent definitions."""

import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from houmao import clock, config
from houmao.agents.assemble import Preset, assemble, choose_from, new_home_below, overrides_from
from houmao.agents.brain import new_home_id
from houmao.agents.choice import BrainOptions
from houmao.agents.folder import DefinitionFolder
from houmao.agents.recipe import PROMPT_MODES
from houmao.cli.lazy_group import LazyGroup, examples
from houmao.cli.render.output import pretty

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group(cls=LazyGroup, paths={"build": "houmao.cli.build_brain:build_brain"})
def brains() -> None:
    """Build runtime homes."""


@click.command(
    epilog=examples(
        "houmao-mgr build-brain --blueprint blueprints/gpu-kernel-coder.yaml",
        "houmao-mgr build-brain --recipe brains/brain-recipes/codex/gpu-kernel-coder-default.yaml",
        "houmao-mgr build-brain --tool codex --config-profile default --cred-profile mine",
    )
)
@click.option(
    "--agent-def-dir",
    type=_FOLDER,
    help="The agent definitions; else $HOUMAO_AGENT_DEF_DIR, else .agentsys/agents here.",
)
@click.option("--runtime-root", type=_FOLDER, help="Below this folder the home is built.")
@click.option("--recipe", metavar="FILE", help="Build what this recipe says.")
@click.option("--blueprint", metavar="FILE", help="Build the recipe of this blueprint.")
@click.option("--tool", metavar="NAME", help="Which tool, e.g. codex.")
@click.option("--skill", "skills", multiple=True, metavar="NAME", help="A skill; repeat.")
@click.option("--config-profile", metavar="NAME", help="Which configuration of the tool.")
@click.option(
    "--cred-profile", "credential_profile", metavar="NAME", help="Which credentials of the tool."
)
@click.option(
    "--launch-overrides",
    metavar="FILE|JSON",
    help="Changes of the tool's arguments and parameters.",
)
@click.option(
    "--operator-prompt-mode",
    "prompt_mode",
    type=click.Choice(PROMPT_MODES),
    help="Who answers the tool's questions: a person, or nobody since none may come up.",
)
@click.option("--home-id", metavar="ID", help="Name of the home; by default a new one.")
@click.option("--reuse-home", is_flag=True, help="Build into a home that exists.")
@click.option("--agent-name", metavar="NAME", help="What the agent will be called.")
@click.option("--agent-id", metavar="ID", help="Its id; by default made from its name.")
def build_brain(**options: Any) -> None:
    """Build a runtime home from agent definitions.

    The home holds the configuration, skills and credentials of one tool. Prints JSON with
    home_id, home_path, manifest_path and launch_helper_path. Options win over the recipe. The
    launch helper starts the tool by hand.
    """
    click.echo(pretty(built(**options)))


def built(
    *,
    agent_def_dir: Path | None,
    runtime_root: Path | None,
    home_id: str | None,
    reuse_home: bool,
    **options: Any,
) -> dict[str, str]:
    """Build what the options say, and where everything is. Raises HoumaoError."""
    cwd = Path.cwd()
    folder = DefinitionFolder(config.agent_def_dir(agent_def_dir, cwd=cwd))
    preset = Preset(options.pop("recipe"), options.pop("blueprint"))
    choice = choose_from(folder, preset, _options(cwd, **options), cwd)
    now, root = clock.now(), config.load(runtime_root=runtime_root).runtime_root
    home_id = new_home_id(choice.tool, now, uuid4().hex) if home_id is None else home_id
    new_home = new_home_below(root, home_id, now, sys.executable)
    return assemble(folder, choice, new_home, reuse=reuse_home).answer()


def _options(cwd: Path, *, launch_overrides: str | None, **known: Any) -> BrainOptions:
    overrides = None if launch_overrides is None else overrides_from(launch_overrides, cwd)
    return BrainOptions(overrides=overrides, **known)
