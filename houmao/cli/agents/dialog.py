"""`houmao-mgr agents dialog` and `agents reply`: an agent's open question, and its answer."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import click

from houmao.cli.agents.prompt import finish
from houmao.cli.client.http import Answer, Server
from houmao.cli.lazy_group import examples
from houmao.cli.options import (
    AgentReference,
    agent_options,
    json_option,
    read_agent,
    server_options,
)
from houmao.cli.render.agent_state import spaced
from houmao.cli.render.output import CommandOutput, plain
from houmao.errors import NotFound, UsageError


@click.command(
    epilog=examples(
        "houmao-mgr agents dialog gpu",
        "houmao-mgr agents dialog gpu --json | jq -r .dialog.digest",
    )
)
@agent_options()
@server_options
@json_option
def dialog(server: Server, output: CommandOutput, who: AgentReference) -> None:
    """Show the question that an agent waits with, as its tool shows it.

    The digest names this very question; `agents reply --digest` answers no other.
    """
    found = read_agent(server, who, "dialog")
    output.write(found, dialog_lines(found))


@click.command(
    epilog=examples(
        "houmao-mgr agents reply gpu --approve",
        "houmao-mgr agents reply gpu --choose 2 --digest 87b28751caa773bc",
        'houmao-mgr agents reply gpu --text "the blue one"',
    )
)
@agent_options()
@click.option("--choose", type=click.IntRange(min=1), metavar="N", help="Take the choice N.")
@click.option("--approve", "decision", flag_value="approve", help="Say yes, for this once.")
@click.option("--deny", "decision", flag_value="deny", help="Say no.")
@click.option("--text", metavar="TEXT", help="Answer in words, where the question takes some.")
@click.option("--digest", metavar="DIGEST", help="Answer this question and no other.")
@server_options
@json_option
def reply(
    server: Server, output: CommandOutput, who: AgentReference, digest: str | None, **given: Any
) -> None:
    """Answer the question that an agent waits with, and wait until it is gone.

    Without --digest the question that is open now is shown and answered. A key is pressed only
    while that very question stands on the screen; when it is another one by then, nothing is
    typed. Exit 0 when the question is answered and gone; else 1 and why.
    """
    answer = {name: value for name, value in given.items() if value is not None}
    if len(answer) != 1:
        raise UsageError("give exactly one of --choose, --approve, --deny and --text")
    agent_id, digest = _question(server, output, who, digest)
    body = {"digest": digest, **answer}
    path = ("houmao", "agents", agent_id, "reply")
    finish(server, output, server.post(*path, body=body, key=uuid4().hex), "delivery")


def _question(
    server: Server, output: CommandOutput, who: AgentReference, digest: str | None
) -> tuple[str, str]:
    """The agent, and the digest of the question to answer. Raises NotFound without one."""
    if digest is not None:
        return who.exact(read_agent(server, who)), digest
    found = read_agent(server, who, "dialog")
    if found["dialog"] is None:
        raise NotFound(next(dialog_lines(found)))
    if not output.as_json:
        for line in dialog_lines(found):
            click.echo(line, err=True)
    return who.exact(found), str(found["dialog"]["digest"])


def dialog_lines(found: Answer) -> Iterator[str]:
    """An agent's open question for a person."""
    name, asked = plain(found["agent_name"]), found["dialog"]
    if asked is None:
        yield _without_choices(name, found["blocked_on"])
        return
    yield f"{name} asks ({spaced(asked['kind'])}), digest {asked['digest']}"
    yield "" if asked["whole"] else "  (it begins above the screen)"
    for text in asked["rows"]:
        yield f"  {plain(text)}"
    yield ""
    yield f"  {_ways(asked)}"


def _without_choices(name: str, blocked_on: str | None) -> str:
    if blocked_on is None:
        return f"{name} asks nothing"
    return f"{name} waits for a person ({spaced(blocked_on)}), without choices to take from afar"


def _ways(asked: Answer) -> str:
    """How the question can be answered, in options."""
    if asked["takes_several"]:
        return "takes several choices: answer it in its pane"
    ways = [f"--choose 1..{len(asked['choices'])}"]
    ways += [f"--approve (= {asked['approve']})"] if asked["approve"] else []
    ways += [f"--deny (= {asked['deny']})"] if asked["deny"] else []
    ways += [f"--text TEXT (= {asked['text']})"] if asked["text"] else []
    return "answer with " + ", ".join(ways)
