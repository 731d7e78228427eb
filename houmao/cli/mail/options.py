"""Options of the commands about one agent's mail; what they have in common."""

import sys
from functools import wraps
from pathlib import Path
from typing import Any

import click

from houmao import config
from houmao.cli.options import AgentReference, Command, agent_options
from houmao.cli.sessions.commands import find
from houmao.errors import UsageError
from houmao.mailbox.attaching import AttachedFile
from houmao.mailbox.binding import MailboxBinding
from houmao.sessions.mailboxes import bound, own_binding
from houmao.sessions.target import SessionTarget, current


def session_option(command: Command) -> Command:
    """Add the agent's options; the command gets `target: SessionTarget`, its own without one."""

    @agent_options(required=False)
    @wraps(command)
    def wrapper(*args: Any, who: AgentReference | None, **kwargs: Any) -> Any:
        return command(*args, target=session_of(who), **kwargs)

    return wrapper


def binding_option(command: Command) -> Command:
    """Add the agent's options; the command gets `binding: MailboxBinding`."""

    @agent_options(required=False)
    @click.option("--port", type=int, hidden=True, help="Mail is read from its files.")
    @wraps(command)
    def wrapper(*args: Any, who: AgentReference | None, port: int | None, **kwargs: Any) -> Any:
        return command(*args, binding=binding_of(who), **kwargs)

    return wrapper


def session_of(who: AgentReference | None) -> SessionTarget:
    """The session that is meant, None the one around us. Raises HoumaoError."""
    settings = config.load()
    if who is None:
        return current(settings, config.environment())
    target = find(who.text, settings)
    who.check(target.stored.agent_id, target.stored.agent_name)
    return target


def binding_of(who: AgentReference | None) -> MailboxBinding:
    """The mailbox of whom is meant, None the agent around us. Raises HoumaoError."""
    if who is None:
        return own_binding(config.environment())
    return bound(session_of(who).stored)


def body_options(command: Command) -> Command:
    """Add the options for a text and its files; the command gets `body` and `files`."""

    @click.option("--body-content", metavar="TEXT", help="The text; else it is read from a pipe.")
    @click.option(
        "--body-file", type=click.Path(path_type=Path, dir_okay=False), help="File with the text."
    )
    @click.option("--attach", multiple=True, metavar="FILE", help="Add a file; may be repeated.")
    @click.option("--copy", is_flag=True, help="Keep what is in these files now in the root.")
    @wraps(command)
    def wrapper(
        *args: Any,
        body_content: str | None,
        body_file: Path | None,
        attach: tuple[str, ...],
        copy: bool,
        **kwargs: Any,
    ) -> Any:
        body = _body(body_content, body_file)
        files = tuple(AttachedFile(it, copied=copy) for it in attach)
        return command(*args, body=body, files=files, **kwargs)

    return wrapper


def _body(content: str | None, file: Path | None) -> str:
    if content is not None and file is not None:
        raise UsageError("give the text once: --body-content or --body-file")
    if content is not None:
        return content
    if file is None and sys.stdin.isatty():
        raise UsageError("what shall it say? give --body-content, --body-file, or pipe the text in")
    try:
        return file.read_bytes().decode() if file else sys.stdin.read()
    except OSError as error:
        raise UsageError(f"--body-file: {file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError("the text must be UTF-8") from None
