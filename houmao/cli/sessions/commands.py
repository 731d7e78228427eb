"""`start-session`, `stop-session`, `interrupt`, `send-keys`: sessions on this machine.

They need no server: everything is in tmux, in the session's manifest and in the registry.
"""

from functools import wraps
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from houmao import clock, config
from houmao.agents.backends import LOCAL
from houmao.agents.folder import DefinitionFolder
from houmao.agents.recipe import Blueprint
from houmao.cli.here import own_part, session_here
from houmao.cli.lazy_group import examples
from houmao.cli.options import Command, mailbox_options, warn
from houmao.cli.render.output import pretty
from houmao.cli.sessions.start_gateway import StartGateway, gateway_start_options
from houmao.config import Settings
from houmao.errors import UsageError
from houmao.gateway_files.folder import GatewayListener
from houmao.sessions.control.key_sequence import parse_sequence
from houmao.sessions.control.operations import ControlResult, stop
from houmao.sessions.control.operations import interrupt as interrupt_session
from houmao.sessions.control.operations import send_keys as press_keys
from houmao.sessions.generation import Generation
from houmao.sessions.identity import stored_name
from houmao.sessions.starting.start import Started, StartRequest, start
from houmao.sessions.target import SessionTarget, is_path

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


def definitions_option(command: Command) -> Command:
    """Add `--agent-def-dir`."""
    return click.option(
        "--agent-def-dir",
        type=_FOLDER,
        help="The agent definitions; else $HOUMAO_AGENT_DEF_DIR, else .agentsys/agents here.",
    )(command)


def identity_option(command: Command) -> Command:
    """Add `--agent-identity` and `--runtime-root`; the command gets `target: Target`."""

    @click.option(
        "--agent-identity",
        required=True,
        metavar="NAME|ID|FILE",
        help="Which session: its agent's name or id, or its manifest.json.",
    )
    @click.option("--runtime-root", type=_FOLDER, help="As it was given to start-session.")
    @definitions_option
    @wraps(command)
    def wrapper(
        *args: Any,
        agent_identity: str,
        runtime_root: Path | None,
        agent_def_dir: Path | None,
        **kwargs: Any,
    ) -> Any:
        settings = config.load(runtime_root=runtime_root)
        return command(*args, target=find(agent_identity, settings), **kwargs)

    return wrapper


@click.command(
    "start-session",
    epilog=examples(
        "houmao-mgr start-session --brain-manifest FILE --role reviewer --agent-identity gpu",
        "houmao-mgr start-session --brain-manifest FILE --blueprint blueprints/gpu.yaml",
    ),
)
@click.option("--brain-manifest", type=_FILE, required=True, help="What build-brain wrote.")
@click.option("--role", metavar="NAME", help="The role to give it.")
@click.option("--blueprint", metavar="FILE", help="Give it the role of this blueprint.")
@click.option("--agent-identity", metavar="NAME", help="What to call the agent.")
@click.option("--agent-id", metavar="ID", help="Its id; by default made from its name.")
@click.option("--session-name", metavar="NAME", help="Name of its tmux session.")
@click.option("--workdir", type=_FOLDER, default=".", help="Where it works.")
@click.option("--backend", default=LOCAL, show_default=True, help="How it is run.")
@click.option("--runtime-root", type=_FOLDER, help="Below this folder its session is kept.")
@mailbox_options(transport=True)
@gateway_start_options
@definitions_option
@click.pass_context
def start_session(ctx: click.Context, /, gateway: StartGateway, **options: Any) -> None:
    """Start a built brain as an agent in a tmux session of its own.

    Prints JSON with agent_identity, session_manifest and tmux_session_name. When the tool does
    not come up, nothing is left behind and the error shows what it said. Exit code 2 says that the
    agent runs but that its gateway could not be attached.
    """
    begun, settings = started(gateway=gateway.listener, **options)
    attached = gateway.attached(begun, settings)
    warn(begun.warnings)
    click.echo(pretty({**begun.answer(), **attached}))
    if "gateway_auto_attach_error" in attached:
        ctx.exit(2)


def started(
    *,
    runtime_root: Path | None,
    agent_def_dir: Path | None,
    workdir: Path,
    brain_manifest: Path,
    gateway: GatewayListener,
    **known: Any,
) -> tuple[Started, Settings]:
    """Start what the options say. Raises HoumaoError."""
    cwd = Path.cwd()
    definitions = config.agent_def_dir(agent_def_dir, cwd=cwd).resolve()
    blueprint, role = _blueprint(definitions, known.pop("blueprint"), cwd), known.pop("role")
    if role is None and blueprint is None:
        raise UsageError("which role? name a --role or a --blueprint")
    settings = config.load(runtime_root=runtime_root)
    request = StartRequest(
        brain_manifest=(cwd / brain_manifest).resolve(),
        definitions=definitions,
        working_directory=(cwd / workdir).resolve(),
        role=role or (blueprint.role if blueprint else None),
        agent_name=_named(known.pop("agent_identity")),
        gateway=GatewayListener(
            gateway.host or (blueprint.gateway_host if blueprint else None),
            gateway.port or (blueprint.gateway_port if blueprint else None),
        ),
        **known,
    )
    return start(request, settings, config.environment(), new_generation()), settings


def _named(agent_identity: str | None) -> str | None:
    if agent_identity is None:
        return None
    name, warnings = stored_name(agent_identity)
    warn(warnings)
    return name


def _blueprint(definitions: Path, named: str | None, cwd: Path) -> Blueprint | None:
    if named is None:
        return None
    folder = DefinitionFolder(definitions)
    return folder.blueprint(folder.recipe_path(named, cwd))[0]


@click.command(
    "stop-session",
    epilog=examples(
        "houmao-mgr stop-session --agent-identity gpu",
        "houmao-mgr stop-session --agent-identity gpu --keep-session",
    ),
)
@identity_option
@click.option("--keep-session", is_flag=True, help="Leave tmux and the tool as they are.")
@click.option("--force-cleanup", is_flag=True, hidden=True, help="What happens anyway.")
@click.pass_context
def stop_session(
    ctx: click.Context, target: SessionTarget, keep_session: bool, force_cleanup: bool
) -> None:
    """End an agent's tmux session and everything in it, and take its record away."""
    report(ctx, stop(target, keep_session=keep_session))


@click.command("interrupt", epilog=examples("houmao-mgr interrupt --agent-identity gpu"))
@identity_option
@click.pass_context
def interrupt(ctx: click.Context, target: SessionTarget) -> None:
    """Stop the turn that an agent is working on; nothing happens when it works on none."""
    report(ctx, interrupt_session(target))


@click.command(
    "send-keys",
    epilog=examples(
        "houmao-mgr send-keys --agent-identity gpu --sequence '/model<[Enter]>'",
        "houmao-mgr send-keys --agent-identity gpu --sequence '<[Down]><[Enter]>'",
    ),
)
@identity_option
@click.option("--sequence", required=True, help="Text, with keys in it as <[Enter]>.")
@click.option("--escape-special-keys", is_flag=True, help="Take <[Enter]> as text, too.")
@click.pass_context
def send_keys(
    ctx: click.Context, target: SessionTarget, sequence: str, escape_special_keys: bool
) -> None:
    """Type into an agent's pane, key by key; it counts as no turn and no Enter is added.

    Keys: BSpace, C-c, C-d, C-u, C-z, Down, Enter, Escape, Left, Right, Tab, Up.
    """
    report(ctx, press_keys(target, parse_sequence(sequence, literally=escape_special_keys)))


def find(reference: str, settings: Settings) -> SessionTarget:
    """The session of that name, id or manifest. Raises HoumaoError."""
    if not is_path(reference):
        stored_name(own_part(reference, settings))
    return session_here(reference, settings)


def new_generation() -> Generation:
    """The generation of a session that begins now."""
    return Generation(clock.now(), str(uuid4()))


def report(ctx: click.Context, result: ControlResult) -> None:
    """Print a control result; exit 1 when it is none that was wished for."""
    click.echo(pretty(result.answer()))
    if not result.ok:
        ctx.exit(1)
