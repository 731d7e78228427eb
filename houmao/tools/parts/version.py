"""Versions of tools: how they are compared, found in what a program says, and written. Pure."""

import re

Version = tuple[int, int, int]


def find_version(output: str) -> Version | None:
    """The first `N.N.N` in what a program says of its version."""
    found = re.search(r"(?<![\d.])(\d{1,6})\.(\d{1,6})\.(\d{1,6})", output)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def version_text(version: Version | None) -> str | None:
    return ".".join(map(str, version)) if version else None
