"""What headless tools print, as tests need it: whole outputs through the reader to a verdict."""

from houmao.headless.reading import OutputStream, ToolReport, read_line
from houmao.tools.parts.events import TurnEvent


def read_all(tool: str, stdout: str, stderr: str = "") -> tuple[ToolReport, list[TurnEvent]]:
    """What a tool told with a whole output, standard error first, and the events of it."""
    told = ToolReport()
    events: list[TurnEvent] = []
    for stream, text in ((OutputStream.STDERR, stderr), (OutputStream.STDOUT, stdout)):
        for line in text.splitlines():
            told, found = read_line(tool, told, line, stream)
            events.extend(found)
    return told, events
