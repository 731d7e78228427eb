"""One incarnation of a session: the moment it comes to be and its own id. Pure."""

from dataclasses import dataclass

from houmao.clock import iso


@dataclass(frozen=True, slots=True)
class Generation:
    """A moment in epoch seconds and a UUID; the names of all that is made then follow from both."""

    now: float
    generation_id: str

    @property
    def session_suffix(self) -> str:
        """`20260327-090000Z-5b1e6b5e`"""
        stamp = iso(self.now)[:19].replace("-", "").replace(":", "").replace("T", "-")
        return f"{stamp}Z-{self.random_hex[:8]}"

    @property
    def random_hex(self) -> str:
        """The generation without dashes."""
        return self.generation_id.replace("-", "")
