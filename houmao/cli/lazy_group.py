"""A click group whose commands are imported when they are asked for, and help with examples.

Start-up time is what people feel in a command line; one command must not pay for the others.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


def examples(*lines: str) -> str:
    """The end of a help page: one example a line, not wrapped."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


class LazyGroup(click.Group):
    """A group that imports its commands on demand.

    Called alone it prints its help, exit 0, unless it is a command itself.
    """

    def __init__(self, *args: Any, paths: Mapping[str, str], **options: Any) -> None:
        """`paths` maps a command's name to `module:attribute`, in the order of the help."""
        super().__init__(*args, **options)
        self._paths = paths

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, but no arguments at all are a wish for help and no error."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the help."""
        return list(self._paths)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The imported command, None for an unknown name."""
        if cmd_name not in self._paths:
            return None
        module, _, attribute = self._paths[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command
