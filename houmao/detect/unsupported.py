"""The detector of tools that Houmao cannot read: it says unknown to everything."""

import hashlib
from dataclasses import dataclass

from houmao.detect.signals import Frame, GrowthRule, Signals


@dataclass(frozen=True, slots=True)
class UnsupportedDetector:
    """Honest about a tool nobody taught it."""

    name: str = "unsupported_tool"
    version: str = "builtin"

    @property
    def growth(self) -> GrowthRule | None:
        return None

    def detect(self, frame: Frame) -> Signals:
        """Nothing but a digest of the text."""
        digest = hashlib.sha256(frame.raw.encode("utf-8", "surrogatepass")).hexdigest()
        return Signals(
            self.name, self.version, surface_signature=digest, notes=("fallback_detector",)
        )
