"""A wire of a certain length: forwards TCP and holds every byte back for half the round trip.

`python -m tests.hosts.distance PORT TARGET_PORT ROUND_TRIP_MS`. Connecting itself takes no longer.
"""

import asyncio
import sys
from contextlib import suppress


async def main(port: int, target: int, seconds: float) -> None:
    """Forward until killed."""

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            _carry(reader, there_writer, seconds), _carry(there_reader, writer, seconds)
        )

    server = await asyncio.start_server(joined, "0.0.0.0", port)
    await server.serve_forever()


async def _carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while data := await reader.read(65536):
            loop.call_later(seconds, writer.write, data)
    loop.call_later(seconds, writer.close)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 2000))
