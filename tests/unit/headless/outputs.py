"""What headless tools print, as tests need it: whole outputs through the reader to a verdict."""

from houmao.headless.events import Event
from houmao.headless.reading import Stream, Told, read_line


def read_all(tool: str, stdout: str, stderr: str = "") -> tuple[Told, list[Event]]:
    """What a tool told with a whole output, standard error first, and the events of it."""
    told = Told()
    events: list[Event] = []
    for stream, text in ((Stream.STDERR, stderr), (Stream.STDOUT, stdout)):
        for line in text.splitlines():
            told, found = read_line(tool, told, line, stream)
            events.extend(found)
    return told, events
