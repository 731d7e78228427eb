"""The code keeps the rules that no linter knows: sizes, single places, honest documents."""

import ast
import pkgutil
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from houmao import jobs
from houmao.serve import programs
from houmao.tools import catalog

ROOT = Path(__file__).parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef

#: Programs that run without the package, so that they start in a moment.
ALONE = ("houmao/headless/runner.py", "houmao/demo/headless_cli.py")


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: its path from the root, its lines and its syntax tree."""

    path: str
    lines: int
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def texts(self) -> Iterator[ast.Constant]:
        """String constants that the program uses; docstrings only describe it."""
        nodes = list(ast.walk(self.tree))
        prose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        constants = (node for node in nodes if isinstance(node, ast.Constant))
        return (it for it in constants if isinstance(it.value, str) and id(it) not in prose)


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(_module(path) for path in paths)


def _module(path: Path) -> Module:
    text = path.read_text("utf-8")
    return Module(path.relative_to(ROOT).as_posix(), len(text.splitlines()), ast.parse(text))


def product() -> tuple[Module, ...]:
    return modules("houmao", "workers")


def everything() -> tuple[Module, ...]:
    return modules("houmao", "workers", "tests", "benchmarks", "docs")


def body_lines(function: Function) -> int:
    """Lines of a function from its first statement, its docstring taken off."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def function_lines(function: Function) -> int:
    """Lines of a function with its signature, its docstring taken off."""
    return function.body[0].lineno - function.lineno + body_lines(function)


def decorators(function: Function) -> set[str]:
    """Last names of the decorators: `command` for `@agents.command("list")`."""
    texts = (ast.unparse(node).partition("(")[0] for node in function.decorator_list)
    return {text.rpartition(".")[2] for text in texts}


def too_long(found: tuple[Module, ...], limit: int, size: Callable[[Function], int]) -> list[str]:
    return [
        f"{module.path}:{function.lineno} {function.name}: {size(function)} lines"
        for module in found
        for function in module.functions()
        if size(function) > limit
    ]


def test_modules_are_short() -> None:
    """A module can be read in one sitting: at most 400 lines."""
    assert [f"{it.path}: {it.lines}" for it in everything() if it.lines > 400] == []


def test_functions_are_short() -> None:
    """A function has at most 50 lines, signature included and docstring not."""
    assert too_long(everything(), 50, function_lines) == []


def test_classes_are_short() -> None:
    """A class has at most 250 lines."""
    assert [
        f"{module.path}:{node.lineno} {node.name}"
        for module in everything()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and (node.end_lineno or 0) - node.lineno >= 250
    ] == []


def test_views_only_translate() -> None:
    """A route's function has at most 10 lines; what it does is said below the API."""
    routes = {"answers"}

    def view_lines(function: Function) -> int:
        return body_lines(function) if decorators(function) & routes else 0

    assert too_long(modules("houmao/api"), 10, view_lines) == []


def test_commands_only_translate() -> None:
    """A command's function has at most 10 lines: options, call, print."""

    def command_lines(function: Function) -> int:
        return body_lines(function) if "command" in decorators(function) else 0

    assert too_long(modules("houmao/cli", "houmao/serve"), 10, command_lines) == []


def test_folders_are_packages() -> None:
    """Every folder of code has an `__init__.py`; without one it would not be installed."""
    folders = {(ROOT / module.path).parent for module in product()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_parameters_are_few() -> None:
    """A function takes at most 6 parameters; more of them are a value that lacks a name.

    Commands are the exception: click hands every option over as one parameter.
    """

    def parameters(function: Function) -> int:
        given = function.args
        names = [it.arg for it in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        return len([name for name in names if name not in ("self", "cls")])

    assert [
        f"{module.path}:{function.lineno} {function.name}: {parameters(function)} parameters"
        for module in product()
        for function in module.functions()
        if parameters(function) > 6 and "command" not in decorators(function)
    ] == []


def test_redis_keys_are_named_in_one_place() -> None:
    """Only houmao/state/keys.py spells the prefix of Houmao's keys."""
    assert [
        f"{module.path}:{text.lineno}"
        for module in product()
        for text in module.texts()
        if re.search(r"\bhoumao:\S", str(text.value)) and module.path != "houmao/state/keys.py"
    ] == []


@pytest.mark.parametrize(
    ("forbidden", "home"),
    [
        (r"datetime\.(now|utcnow|today)|date\.today", "houmao/clock.py"),
        (r"time\.(time|time_ns|monotonic|monotonic_ns)", "houmao/clock.py"),
        (r"os\.(environ|environb|getenv|putenv)", "houmao/config.py"),
        (r"(\w+\.)?(Strict)?Redis(\.from_url)?\(", "houmao/state/connect.py"),
        (r"(\w+\.)?ConnectionPool(\.from_url)?\(", "houmao/state/connect.py"),
    ],
)
def test_single_places(forbidden: str, home: str) -> None:
    """The clock is read in one file, the environment in one, and Redis is opened in one."""
    pattern = re.compile(forbidden)
    assert [
        f"{module.path}:{getattr(node, 'lineno', 0)} {name}"
        for module in product()
        for node in ast.walk(module.tree)
        for name in _spelled(node)
        if module.path not in (home, *ALONE) and pattern.match(name)
    ] == []


def test_no_process_of_ours_finds_modules_in_its_working_folder() -> None:
    """Our Python is started with `-P`, or isolated: a folder may hold a `json.py` of anybody."""
    assert [
        f"{module.path}:{node.lineno}"
        for module in product()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.List | ast.Tuple)
        and [*map(ast.unparse, node.elts[:1])] == ["sys.executable"]
        and [*map(ast.unparse, node.elts[1:2])] not in (["'-P'"], ["'-I'"])
    ] == []


def test_programs_that_run_alone_import_none_of_ours() -> None:
    """What is started with `python -I -S FILE` finds the standard library and nothing else."""
    assert [
        f"{module.path}: {name}"
        for module in product()
        if module.path in ALONE
        for node in ast.walk(module.tree)
        for name in _spelled(node)
        if name.startswith(("houmao", "workers"))
    ] == []


def _spelled(node: ast.AST) -> Iterator[str]:
    """Names as the full dotted text, wherever a module is used or something of it imported."""
    match node:
        case ast.ImportFrom(module=str(module), names=names):
            yield from (f"{module}.{alias.name}" for alias in names)
        case ast.Call(func=function):
            yield ast.unparse(function) + "("
        case ast.Attribute():
            yield ast.unparse(node)


#: Words of contracts that hold a tool's name: the sections of a session manifest.
WIRE_NAMES = {
    ("houmao/cli/server_options.py", "--compat-codex-warmup-seconds"),
}


def test_tools_are_named_in_their_folders_only() -> None:
    """A new tool is a folder and a line of the catalog: nothing else asks which tool it is.

    Sentences that people read may name a tool; a word by itself is one that code decides by.
    """
    name = re.compile("|".join(catalog.NAMES), re.IGNORECASE)
    assert {
        (module.path, str(text.value))
        for module in product()
        if not module.path.startswith(("houmao/tools/", "houmao/demo/"))
        for text in module.texts()
        if name.search(str(text.value)) and not re.search(r"\s", str(text.value))
    } == WIRE_NAMES


def test_what_all_tools_share_names_none() -> None:
    """Beside the catalog, only a tool's own folder names it."""
    folders = tuple(f"houmao/tools/{name}/" for name in catalog.NAMES)
    name = re.compile("|".join(catalog.NAMES), re.IGNORECASE)
    assert [
        f"{module.path}:{text.lineno}"
        for module in modules("houmao/tools")
        if not module.path.startswith(folders)
        for text in module.texts()
        if name.search(str(text.value))
    ] == []


def test_every_tool_has_a_folder_of_its_own() -> None:
    """Every folder is in the catalog, and every tool of the catalog in a folder."""
    folders = {it.parent.name for it in (ROOT / "houmao/tools").glob("*/tool.py")}
    assert folders == set(catalog.NAMES)


def test_job_paths_resolve() -> None:
    """Every job that may be enqueued is a function that exists."""
    assert jobs.ALLOWED
    assert all(callable(pkgutil.resolve_name(path)) for path in jobs.ALLOWED)


def test_procfile_names_every_process() -> None:
    """`honcho start` runs what both servers run on one host, in the same order."""
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    both = [f"{name}: houmao-passive-server run {name}" for name in programs.NAMES]
    assert lines == [*both, "pair: houmao-server run web"]


@pytest.mark.parametrize("page", ["structure.md", "glossary.md"])
def test_pages_name_paths_that_exist(page: str) -> None:
    """What the pages on the code point at is there; a file that moves takes its mention along."""
    named = re.findall(r"`([\w./-]+/[\w./-]*)`", (ROOT / "docs" / page).read_text("utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_class_names_are_unique() -> None:
    """A class name says which class is meant, without the module it stands in."""
    counted = Counter(
        node.name
        for module in product()
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in counted.items() if count > 1] == []


def test_no_paths_of_a_build_machine() -> None:
    """No tracked text names a folder that exists only where it was written."""
    local = re.compile(r"(?<![\w.~/-])/(?:home|Users|root|work|builds)/\w+")
    assert [
        f"{path}: {match.group()}"
        for path in _tracked_texts()
        for match in local.finditer((ROOT / path).read_text("utf-8"))
    ] == []


def _tracked_texts() -> list[str]:
    """Files under version control that people write; recorded screens show what they show."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        path
        for path in listed.stdout.splitlines()
        if not path.startswith(("tests/frames/", "docs/assets/")) and (ROOT / path).is_file()
    ]
