"""A process that sends mail until it is killed: `python -m tests.mail_writer ROOT NAME TO...`.

It prints the id of each message after it was delivered.
"""

import sys
from pathlib import Path

from houmao.errors import Unavailable
from houmao.mailbox.box import Mailbox
from houmao.mailbox.root import open_root
from tests.mail import address_of, letter


def main(path: Path, name: str, others: list[str], count: int) -> None:
    """Send `count` messages, each to two of the others."""
    box = Mailbox(open_root(path), name, address_of(name))
    for number in range(count):
        to = {others[number % len(others)], others[(number * 7 + 1) % len(others)]}
        try:
            sent = box.send(letter(*sorted(to), subject=f"no {number}"))
        except Unavailable as error:
            print(error, file=sys.stderr, flush=True)
        else:
            print(sent.message_id, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[4:], int(sys.argv[3]))
