"""Calls tools of `cao-mcp-server` over stdio, as an agent does: run by CAO's own interpreter.

`python ask_over_mcp.py PROGRAM` reads `[[tool, arguments], …]` from its input, where the argument
`<terminal>` means the terminal that the last call made. Prints what each told.
"""

import asyncio
import json
import os
import sys
from typing import Any

from mcp import ClientSession, StdioServerParameters  # type: ignore[import-not-found]
from mcp.client.stdio import stdio_client  # type: ignore[import-not-found]

TERMINAL = "<terminal>"


async def main(program: str, calls: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    server = StdioServerParameters(command=program, env=dict(os.environ))
    told: list[Any] = []
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as agent:
        await agent.initialize()
        for tool, arguments in calls:
            made = next((it["terminal_id"] for it in told[::-1] if it.get("terminal_id")), "")
            given = {name: made if it == TERMINAL else it for name, it in arguments.items()}
            found = await agent.call_tool(tool, given)
            told.append(json.loads(found.content[0].text))
    return told


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], json.load(sys.stdin)))))
