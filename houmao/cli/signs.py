"""`houmao-mgr signs`: by which words and glyphs the tools' screens are read, and whose they are."""

from collections.abc import Iterator
from typing import Any

import click

from houmao import config
from houmao.cli.lazy_group import examples
from houmao.cli.options import json_option
from houmao.cli.render.output import CommandOutput, plain, table
from houmao.errors import HoumaoError
from houmao.own_signs import OwnSigns
from houmao.tools.catalog import NAMES, tool_named
from houmao.tools.parts.signs import OWN, Sign
from houmao.tools.parts.version import version_text

_COLUMNS = ("SIGN", "WHOSE", "LINE", "SINCE", "UNTIL", "LOOKS LIKE")


@click.command(epilog=examples("houmao-mgr signs gemini", "houmao-mgr signs --json"))
@click.argument("tool", type=click.Choice(NAMES), required=False)
@json_option
def signs(output: CommandOutput, tool: str | None) -> None:
    """List the signs by which screens are read, and check your own.

    A file of your own, ~/.houmao/signs/TOOL.toml (or below HOUMAO_SIGNS_DIR), takes the place of
    single signs, say on the day on which a release has changed one. Its problems are named with
    file and line, and make the command fail; the watch goes on with the signs of Houmao.
    """
    own = OwnSigns(config.load().signs_root)
    chosen = (tool,) if tool else NAMES
    found = [it for name in chosen for it in _listed(name, own)]
    problems = [it for name in chosen for it in own.complaints(name, own.file(name))]
    output.write({"signs": found, "problems": problems}, _lines(found))
    if problems:
        raise HoumaoError("\n".join(problems))


def _listed(tool: str, own: OwnSigns) -> Iterator[dict[str, Any]]:
    for sign in (*own.file(tool).book.signs, *tool_named(tool).signs.signs):
        yield {"tool": tool, "sign": sign.name, **_described(sign)}


def _described(sign: Sign) -> dict[str, Any]:
    file, _, line = sign.origin.partition(":")
    return {
        "own": file == OWN,
        "line": int(line),
        "since": version_text(sign.since),
        "until": version_text(sign.until),
        "pattern": sign.pattern.pattern,
    }


def _lines(found: list[dict[str, Any]]) -> list[str]:
    rows = [
        [
            f"{it['tool']} {it['sign']}",
            "yours" if it["own"] else "Houmao's",
            str(it["line"]),
            it["since"] or "-",
            it["until"] or "-",
            plain(it["pattern"]),
        ]
        for it in found
    ]
    return table(_COLUMNS, rows)
