"""`houmao-mgr token`: who else may read this machine's server, or act through it."""

import re
from typing import Any

import click

from houmao import clock, config, token
from houmao.caller import CallerRole
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput, table
from houmao.named_tokens import NamedToken, NamedTokens
from houmao.sign_in import CODE_SECONDS, make_code

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_role = click.option(
    "--role",
    type=click.Choice([it.value for it in CallerRole]),
    default=CallerRole.READ.value,
    show_default=True,
    help="What it may do: only look, or act as well.",
)


class Lifetime(click.ParamType[float | None]):
    """A time such as `30d` or `12h`; gives seconds, None for `never`."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Seconds of `value`; fails unless it is a time."""
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", str(value))
        if value == "never":
            return None
        if not found:
            self.fail(f"{value!r} is no time: write 30d, 12h, 15m or never", param, ctx)
        return float(int(found[1]) * _UNITS[found[2]])


@click.group(
    "token",
    epilog=examples(
        "houmao-mgr token link                           open the page as yourself",
        "houmao-mgr token create wall --expires 30d      a screen that may only look",
        "houmao-mgr token create ci --role act           a program that may prompt",
    ),
)
def tokens() -> None:
    """Let others in: tokens with a name, a role and an end, and links for a browser.

    Your own programs on this machine need none.
    """


@tokens.command(epilog=examples("houmao-mgr token create wall --expires 30d"))
@click.argument("name")
@_role
@click.option("--expires", "seconds", type=Lifetime(), default="90d", show_default=True)
@json_option
def create(name: str, role: str, seconds: float | None, output: CommandOutput) -> None:
    """Make a token and show it, this once."""
    secret = _tokens().create(name, CallerRole(role), clock.now(), seconds)
    hint = "It is shown only now. Use: Authorization: Bearer <token>, or the page's form."
    output.write({"name": name, "role": role, "token": secret}, [secret, hint])


@tokens.command("list", epilog=examples("houmao-mgr token list --json"))
@json_option
def list_tokens(output: CommandOutput) -> None:
    """Show every token's name, role and end."""
    found = [_row(it, clock.now()) for it in _tokens().all()]
    shown = table(("NAME", "ROLE", "MADE", "ENDS"), [list(it.values()) for it in found])
    output.write({"tokens": found}, shown if found else ["no tokens; `token create` makes one"])


@tokens.command(epilog=examples("houmao-mgr token revoke wall"))
@click.argument("name")
@json_option
def revoke(name: str, output: CommandOutput) -> None:
    """End a token; whoever signed in with it is signed out."""
    _tokens().revoke(name)
    output.write({"name": name, "status": "revoked"}, [f"{name} opens nothing any more"])


@tokens.command(epilog=examples("houmao-mgr token link --role act"))
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the server.")
@_role
@json_option
def link(port: int | None, role: str, output: CommandOutput) -> None:
    """Print a link that signs one browser in; it is of use once, for ten minutes."""
    settings = config.load(port=port)
    url = settings.page_url(make_code(token.read(settings.token_file), CallerRole(role)))
    output.write({"url": url, "expires_in_seconds": CODE_SECONDS}, [url])


def _tokens() -> NamedTokens:
    return NamedTokens(config.load().named_tokens_file)


def _row(found: NamedToken, now: float) -> dict[str, str]:
    ends = "never" if found.expires_at is None else clock.iso(found.expires_at)
    return {
        "name": found.name,
        "role": found.role.value,
        "made": clock.iso(found.created_at),
        "ends": ends if found.is_valid(now) else f"ended {ends}",
    }
