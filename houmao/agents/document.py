"""YAML and JSON documents that people write, read field by field with the line of each.

Strict: nothing is coerced, a field is taken once and by type. Knows no particular document
and no disk: it is given text, and a name for it to blame.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Never

import yaml

from houmao.errors import DefinitionError
from houmao.ids import is_safe_component

#: Definitions are a page long; what is larger is somebody's mistake.
MAX_CHARACTERS = 256 * 1024

_YAML = "tag:yaml.org,2002:"
_KINDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a date",
    "map": "a mapping",
    "seq": "a list",
}
_TRUE = ("true", "yes", "on")


class Section:
    """One mapping of a document; `where` is its dotted place, empty at the top."""

    def __init__(self, node: yaml.MappingNode, name: str, where: str = "") -> None:
        self._name, self._where, self._node = name, where, node
        self._left: dict[str, yaml.Node] = {}
        self._lines: dict[str, int] = {}
        for key, value in node.value:
            self._add(key, value)

    def _add(self, key: yaml.Node, value: yaml.Node) -> None:
        text = key.value if key.tag == f"{_YAML}str" and _is_plain(key.value) else "?"
        self._lines.setdefault(text, _line(key))
        if text == "?":
            self.fail("?", "found a field name that is no text, expected a plain word")
        if text in self._left:
            self.fail(text, f"found a second time in line {_line(key)}, expected once")
        self._left[text] = value

    def fail(self, key: str, trouble: str) -> Never:
        """Raise DefinitionError about one field of this section, or about the section itself."""
        place = ".".join(filter(None, (self._where, ascii(key)[1:-1][:60])))
        line = self._lines.get(key, _line(self._node))
        raise DefinitionError(f"{self._name}, line {line}: {place or 'document'}: {trouble}")

    def names(self) -> Sequence[str]:
        """Names of the fields that nobody took yet, in the order of the text."""
        return tuple(self._left)

    def _take(self, key: str) -> yaml.Node | None:
        node = self._left.pop(key, None)
        return None if node is None or node.tag == f"{_YAML}null" else node

    def _wrong(self, key: str, node: yaml.Node, expected: str) -> Never:
        self.fail(key, f"found {_found(node)}, expected {expected}")

    def _missing(self, key: str, expected: str) -> Never:
        self.fail(key, f"found nothing, expected {expected}")

    def optional_text(self, key: str) -> str | None:
        """Text that is not blank, stripped; None when absent or null."""
        node = self._take(key)
        return None if node is None else self._text(key, node)

    def text(self, key: str) -> str:
        return self.optional_text(key) or self._missing(key, "text")

    def _text(self, key: str, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_YAML}str":
            self._wrong(key, node, "text (quote it if it is meant as text)")
        value = _joined(node.value)
        if value is None or "\0" in value:
            self.fail(key, "found characters that are no text, expected text")
        return value.strip() or self.fail(key, "found blank text, expected text")

    def optional_one_of(self, key: str, choices: Collection[str]) -> str | None:
        value = self.optional_text(key)
        if value is not None and value not in choices:
            self.fail(key, f"found {ascii(value)[:60]}, expected {' or '.join(choices)}")
        return value

    def one_of(self, key: str, choices: Collection[str]) -> str:
        return self.optional_one_of(key, choices) or self._missing(key, " or ".join(choices))

    def component(self, key: str) -> str:
        """Text that can name one folder or file."""
        return self._checked_component(key, self.text(key))

    def components(self, key: str) -> tuple[str, ...]:
        """A list of names, perhaps empty, none of them twice."""
        names = tuple(self._checked_component(key, text) for text in self.texts(key))
        if len(set(names)) < len(names):
            self.fail(key, "found a name twice, expected each once")
        return names

    def _checked_component(self, key: str, text: str) -> str:
        if not is_component(text):
            self.fail(key, f"found {ascii(text)[:60]}, expected a name without '/' or '..'")
        return text

    def optional_identifier(self, key: str) -> str | None:
        """Text that can name an agent: letters, digits, `-` and `_`."""
        value = self.optional_text(key)
        if value is not None and not is_safe_component(value):
            self.fail(key, f"found {ascii(value)[:60]}, expected letters, digits, '-' and '_'")
        return value

    def variable(self, key: str) -> str:
        """The name of an environment variable."""
        return self._checked_variable(key, self.text(key))

    def variables(self, key: str) -> tuple[str, ...]:
        return tuple(self._checked_variable(key, text) for text in self.texts(key))

    def _checked_variable(self, key: str, text: str) -> str:
        if not (text.isascii() and text.isidentifier()):
            self.fail(key, f"found {ascii(text)[:60]}, expected the name of a variable")
        return text

    def inner_path(self, key: str, default: str | None = None) -> PurePosixPath:
        """A path that stays below whatever it is relative to."""
        text = self.optional_text(key) or default or self._missing(key, "a relative path")
        path = PurePosixPath(text)
        if path.is_absolute() or ".." in path.parts or "\\" in text:
            self.fail(key, f"found {ascii(text)[:60]}, expected a relative path without '..'")
        return path

    def inner_file(self, key: str, default: str | None = None) -> PurePosixPath:
        """As `inner_path`, but not the folder itself that it is relative to."""
        path = self.inner_path(key, default)
        if path == PurePosixPath():
            self.fail(key, "found '.', expected the path of a file")
        return path

    def optional_texts(self, key: str) -> tuple[str, ...] | None:
        """A list of texts; they may be empty here, since arguments of programs may be."""
        node = self._take(key)
        if node is None:
            return None
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(key, node, "a list of texts")
        return tuple(self._item(key, item) for item in node.value)

    def _item(self, key: str, node: yaml.Node) -> str:
        is_text = isinstance(node, yaml.ScalarNode) and node.tag == f"{_YAML}str"
        value = _joined(node.value) if is_text else None
        if value is None or "\0" in value:
            self._wrong(key, node, "a list of texts (quote what is meant as text)")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        found = self.optional_texts(key)
        return self._missing(key, "a list of texts") if found is None else found

    def optional_boolean(self, key: str) -> bool | None:
        node = self._take(key)
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_YAML}bool":
            self._wrong(key, node, "true or false")
        return node.value.lower() in _TRUE

    def optional_integer(self, key: str, low: int, high: int) -> int | None:
        node = self._take(key)
        if node is None:
            return None
        digits = node.value if node.tag == f"{_YAML}int" else ""
        if not (isinstance(digits, str) and digits.isdecimal() and len(digits) < 12):
            self._wrong(key, node, f"a whole number from {low} to {high}")
        if not low <= int(digits) <= high:
            self._wrong(key, node, f"a whole number from {low} to {high}")
        return int(digits)

    def schema_version(self, expected: int) -> None:
        """Take `schema_version`, which must be there."""
        node = self._take("schema_version")
        if node is None:
            self._missing("schema_version", str(expected))
        if node.tag != f"{_YAML}int" or node.value != str(expected):
            self._wrong("schema_version", node, str(expected))

    def optional_section(self, key: str) -> "Section | None":
        node = self._take(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            self._wrong(key, node, "a mapping")
        return Section(node, self._name, ".".join(filter(None, (self._where, key))))

    def section(self, key: str) -> "Section":
        return self.optional_section(key) or self._missing(key, "a mapping")

    def sections(self, key: str) -> Iterator["Section"]:
        """The mappings of a list; nothing when the list is absent."""
        node = self._take(key)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(key, node, "a list of mappings")
        for index, item in enumerate(node.value):
            if not isinstance(item, yaml.MappingNode):
                self._wrong(key, item, "a list of mappings")
            yield Section(
                item, self._name, f"{self._where or ''}{'.' * bool(self._where)}{key}[{index}]"
            )

    def booleans(self) -> Mapping[str, bool]:
        """Every field that is left, all of them true or false."""
        return {name: self._boolean(name) for name in tuple(self._left)}

    def _boolean(self, key: str) -> bool:
        found = self.optional_boolean(key)
        return self._missing(key, "true or false") if found is None else found

    def done(self) -> None:
        """Refuse every field that nobody took."""
        for key in self._left:
            self.fail(key, "found a field that is not known here, expected none")


def parse(text: str, name: str, *, as_json: bool = False) -> Section:
    """The document's top mapping; `name` is what errors call the document.

    Raises DefinitionError for anything else than one mapping.
    """
    if len(text) > MAX_CHARACTERS:
        raise DefinitionError(f"{name}: found {len(text)} characters, expected a short document")
    node = _composed(_checked_json(text, name) if as_json else text, name)
    if not isinstance(node, yaml.MappingNode):
        raise DefinitionError(f"{name}: found {_found(node)}, expected a mapping of fields")
    return Section(node, name)


def is_component(text: str) -> bool:
    """True for one visible part of a path: no separator, no `..`, no option-like dash."""
    return text.isprintable() and text[:1] not in ("", ".", "-", "~") and not set(text) & set("/\\")


def _checked_json(text: str, name: str) -> str:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise DefinitionError(f"{name}, line {error.lineno}: found no valid JSON") from None
    except (ValueError, RecursionError):
        raise DefinitionError(f"{name}: found no valid JSON") from None
    # JSON is YAML but for tabs, which in valid JSON stand only between the values.
    return text.replace("\t", " ")


def _composed(text: str, name: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # The parser's own words may quote the text, which may hold anything.
        raise DefinitionError(f"{name}, line {line}: found no valid YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise DefinitionError(f"{name}: found no valid YAML") from None
    return node


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _found(node: yaml.Node | None) -> str:
    if node is None:
        return "nothing"
    kind = _KINDS.get(node.tag.removeprefix(_YAML), "something else")
    value = node.value if isinstance(node, yaml.ScalarNode) else None
    is_short = isinstance(value, str) and 0 < len(value) < 20 and kind not in ("text", "nothing")
    return f"{kind} ({ascii(value)[1:-1]})" if is_short else kind


def _is_plain(text: object) -> bool:
    return isinstance(text, str) and text.isprintable() and bool(text)


def _joined(text: str) -> str | None:
    """The text with escaped surrogate pairs made one character; None when one stands alone."""
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeError:
        return None
