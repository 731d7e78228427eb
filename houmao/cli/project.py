"""`houmao-mgr project`: what a folder of work needs to have agents."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from houmao.agents.project import write_template
from houmao.cli.lazy_group import LazyGroup, examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput


@click.group(cls=LazyGroup, paths={"init": "houmao.cli.project:init"})
def project() -> None:
    """Prepare a folder for agents."""


@click.command(epilog=examples("houmao-mgr project init", "houmao-mgr project init ~/kernels"))
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@json_option
def init(output: CommandOutput, folder: Path) -> None:
    """Write agent definitions to start from into FOLDER/.agentsys/agents.

    There are adapters for every tool that Houmao knows, an example agent, and empty
    credential profiles. What exists already is never touched.
    """
    target = folder.absolute() / ".agentsys" / "agents"
    write_template(target)
    output.write({"agent_def_dir": str(target)}, _lines({"agent_def_dir": str(target)}))


def _lines(answer: Mapping[str, str]) -> Iterator[str]:
    yield f"wrote {answer['agent_def_dir']}"
    yield "next: fill in brains/api-creds/<tool>/personal-a-default/env/vars.env, then"
    yield "  houmao-mgr build-brain --blueprint blueprints/gpu-kernel-coder.yaml"
