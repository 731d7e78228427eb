"""Terminals and messages as CAO's tools know them. Values only.

A CAO terminal is an agent whose id is eight hexadecimal digits; a CAO session is the set of
terminals that were asked for under one name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaoTerminal:
    """One terminal as it was asked for; `created_at` is in seconds since the epoch."""

    terminal_id: str
    session_name: str
    window_name: str
    provider: str
    agent_profile: str
    host: str
    created_at: float
    working_directory: str = ""
    #: The terminal that asked for this one; empty for a person.
    caller_id: str = ""
    #: Names with commas between; empty where nobody said.
    allowed_tools: str = ""
    #: The request that types the message it was launched with.
    first_request: str = ""


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """One message from a terminal to another, and the request that types it."""

    message_id: int
    sender_id: str
    receiver_id: str
    message: str
    created_at: float
    request_id: str
