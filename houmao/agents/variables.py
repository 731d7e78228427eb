"""The variables file of a credential profile (`vars.env`): text in, name and value pairs out.

Pure. Values are secrets: no error quotes a line.
"""

from collections.abc import Collection, Mapping

from houmao.errors import DefinitionError


def kept_variables(text: str, allowlist: Collection[str], name: str) -> Mapping[str, str]:
    """Allowed variables of the file, the last one of a name winning; others are left out.

    `name` is what errors call the file. Raises DefinitionError for a value that no process
    can be given.
    """
    kept: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        key = key.strip()
        if not equals or key.startswith("#") or key not in allowlist:
            continue
        if "\0" in value:
            raise DefinitionError(f"{name}, line {number}: {key}: found a NUL, expected text")
        kept[key] = _unquoted(value.strip())
    return kept


def _unquoted(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value
