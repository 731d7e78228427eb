"""Which servers there are: both are faces of one application, on one host's workers."""

from enum import StrEnum


class ServerKind(StrEnum):
    """The program that a server is started as."""

    PASSIVE = "houmao-passive-server"
    PAIR = "houmao-server"
