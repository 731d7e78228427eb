"""`python -m houmao.agents.unattended`: what an unattended home's launch helper runs.

Settles every question a tool could ask, then becomes the tool. Takes the credentials from
the environment, in which the helper put them.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from houmao import config
from houmao.agents.launch_policy import PolicyRequest, plan_policy
from houmao.agents.policy_home import apply, ask_version, read_facts
from houmao.errors import HoumaoError, NotFound
from houmao.tools.catalog import tool_named


def main(words: Sequence[str] | None = None) -> None:
    """Replace this process by the tool; on an error say it and exit."""
    options = _parser().parse_args(words)
    try:
        os.execvp(options.executable, prepared(options))
    except HoumaoError as error:
        print(f"Error: {error.message}", file=sys.stderr)
        sys.exit(error.exit_code)


def prepared(options: argparse.Namespace) -> list[str]:
    """The tool's command line, its home being made ready. Raises HoumaoError."""
    environ = config.environment()
    home = Path(options.home_path)
    if not home.is_dir():
        raise NotFound(f"there is no home {home}; build the brain again")
    request = PolicyRequest(
        tool=options.tool,
        backend=options.backend,
        version=ask_version(options.executable, environ),
        args=tuple(options.launch_arg),
        forced_strategy=config.launch_policy_override(environ),
    )
    documents = tool_named(options.tool).home_documents
    facts = read_facts(home, Path(options.working_directory), environ, documents)
    plan = plan_policy(request, facts)
    apply(home, plan.changes)
    return [options.executable, *plan.args, *options.words]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="houmao-unattended", allow_abbrev=False)
    for name in ("tool", "backend", "executable", "working-directory", "home-path"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument(
        "--requested-operator-prompt-mode", choices=["unattended"], default="unattended"
    )
    parser.add_argument("--launch-arg", action="append", default=[])
    parser.add_argument("words", nargs="*")
    return parser


if __name__ == "__main__":
    main()
