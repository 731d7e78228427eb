"""Who types a prompt: the host's watch process when it follows the agent, else this process.

Never both: the watch process is asked over HTTP and does it alone.
"""

from houmao.sessions.prompting import Way
from houmao.sessions.resolve import Target
from houmao.sessions.turn import take_turn


def way_to(target: Target, timeout: float) -> Way:
    """How a prompt gets to this agent within so many seconds."""
    return lambda prompt, ears: take_turn(target, prompt, timeout, ears)
