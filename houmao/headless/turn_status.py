"""How a headless turn can stand, one name for each."""

from enum import StrEnum


class TurnStatus(StrEnum):
    """Where a turn is in its life; all but `active` are final."""

    ACTIVE = "active"
    #: The tool itself said that the turn succeeded.
    COMPLETED = "completed"
    #: The tool said that it failed, ended without a word, or ran into its time limit.
    FAILED = "failed"
    #: Somebody asked it to end before its time.
    INTERRUPTED = "interrupted"
    #: Its process is gone and nothing tells how it ended.
    ABANDONED = "abandoned"
