"""The Lua scripts that stand beside this file, as their text."""

from importlib.resources import files


def script(name: str) -> str:
    """The text of `name.lua`."""
    return files("houmao.state").joinpath(f"{name}.lua").read_text(encoding="utf-8")
