"""The groups of commands about mail: names of their commands and where they are."""

import click

from houmao.cli.lazy_group import LazyGroup, examples

_ROOT, _MAIL, _AGENT = "houmao.cli.mail.root", "houmao.cli.mail.mail", "houmao.cli.mail.mailbox"


@click.group(
    cls=LazyGroup,
    paths={
        "init": f"{_ROOT}:init",
        "status": f"{_ROOT}:status",
        "register": f"{_ROOT}:register",
        "unregister": f"{_ROOT}:unregister",
        "log": f"{_ROOT}:log",
        "repair": f"{_ROOT}:repair",
        "cleanup": f"{_ROOT}:cleanup",
    },
    epilog=examples(
        "houmao-mgr mailbox init",
        "houmao-mgr mailbox register --address coder@agents.localhost",
        "houmao-mgr mailbox log --from coder@agents.localhost",
        "houmao-mgr mailbox log --words 'kernel draft'",
    ),
)
def root() -> None:
    """Look after a mailbox root: the folder in which agents write to each other."""


@click.group(
    cls=LazyGroup,
    paths={
        "status": f"{_MAIL}:status",
        "check": f"{_MAIL}:check",
        "read": f"{_MAIL}:read",
        "thread": f"{_MAIL}:thread",
        "send": f"{_MAIL}:send",
        "reply": f"{_MAIL}:reply",
        "mark": f"{_MAIL}:mark",
        "resolve-live": f"{_MAIL}:resolve_live",
    },
    epilog=examples(
        "houmao-mgr agents mail check reviewer --unread-only",
        "houmao-mgr agents mail send coder --to reviewer@agents.localhost --subject Hi < note.md",
        "houmao-mgr agents mail reply reviewer --message-ref REF --body-content Fine",
        "houmao-mgr agents mail mark reviewer --message-ref REF",
    ),
)
def mail() -> None:
    """Read and write an agent's mail.

    In an agent's own session AGENT may be left out: then it is about the mail of that agent.
    """


@click.group(
    cls=LazyGroup,
    paths={
        "status": f"{_AGENT}:status",
        "register": f"{_AGENT}:register",
        "unregister": f"{_AGENT}:unregister",
    },
    epilog=examples(
        "houmao-mgr agents mailbox status reviewer",
        "houmao-mgr agents mailbox register reviewer",
        "houmao-mgr agents mailbox unregister reviewer",
    ),
)
def mailbox() -> None:
    """See, give and take away an agent's mailbox."""
