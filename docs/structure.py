"""Draws docs/structure.md from the code; run `python docs/structure.py` after adding a module.

Reads source text only: nothing of the product is imported.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "structure.md"

INTRODUCTION = """\
# Structure

This page is drawn from the code by `docs/structure.py`; a test fails when the two differ.

## Which way imports go

An arrow reads "imports". Arrows that follow from others are left out: whoever may import
`track` may import what `track` stands on. The contracts in `setup.cfg` keep every arrow
pointing down and keep siblings apart.
"""

Graph = Mapping[str, frozenset[str]]


def page() -> str:
    """The whole page as Markdown."""
    sources = {path: path.read_text("utf-8") for path in _python_files()}
    return "\n".join(
        [INTRODUCTION, *_diagram(sources), "", "## What each module is for", *_map(sources), ""]
    )


def _python_files() -> list[Path]:
    """Modules of the product that hold code."""
    found = (path for top in ("workers", "houmao") for path in (ROOT / top).rglob("*.py"))
    return sorted(path for path in found if path.read_text("utf-8").strip())


def _diagram(sources: Mapping[Path, str]) -> Iterator[str]:
    arrows = reduced(_imports(sources))
    yield "```mermaid"
    yield "flowchart TD"
    yield from (
        f"    {source} --> {target}" for source in arrows for target in sorted(arrows[source])
    )
    yield "```"


def _imports(sources: Mapping[Path, str]) -> Graph:
    """Unit to the other units its modules import; `workers` and each part of houmao is a unit."""
    graph: dict[str, set[str]] = {}
    for path, text in sources.items():
        unit = _unit(".".join(path.relative_to(ROOT).with_suffix("").parts))
        graph.setdefault(unit, set()).update(map(_unit, _imported(ast.parse(text))))
    return {
        unit: frozenset(target for target in targets if target in graph and target != unit)
        for unit, targets in sorted(graph.items())
    }


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _unit(module: str) -> str:
    first, *rest = module.split(".")
    return rest[0] if first == "houmao" and rest else first


def reduced(graph: Graph) -> Graph:
    """The graph without the arrows that a longer way implies; the graph has no cycle."""
    return {
        source: frozenset(
            target
            for target in targets
            if not any(target in _reachable(graph, other) for other in targets - {target})
        )
        for source, targets in graph.items()
    }


def _reachable(graph: Graph, start: str) -> frozenset[str]:
    return graph[start].union(*(_reachable(graph, target) for target in graph[start]))


def _map(sources: Mapping[Path, str]) -> Iterator[str]:
    folder = None
    for path in sorted(sources, key=lambda path: (path.parent, path.name)):
        if path.parent != folder:
            folder = path.parent
            yield f"\n### {folder.relative_to(ROOT)}\n"
        yield f"- `{path.name}`: {_first_sentence(sources[path])}"


def _first_sentence(source: str) -> str:
    paragraph = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).partition(". ")[0].rstrip(".") + "."


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
