"""Launch overrides: what recipes and callers change about a tool's arguments.

Pure. The same rules serve the builder, which only knows the raw tool, and a launch, which
knows its backend and what that backend keeps for itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from houmao.agents.adapter import ToolParams
from houmao.agents.document import Section
from houmao.errors import DefinitionError
from houmao.tools.catalog import BACKENDS

#: Backends whose arguments another program decides.
_FIXED = ("cao_rest", "houmao_server_rest")


@dataclass(frozen=True, slots=True)
class ArgsOverride:
    """Arguments that follow the adapter's own, or stand in their place."""

    replace: bool
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaunchOverrides:
    """What one source asks for; at least one of the two is there."""

    args: ArgsOverride | None = None
    tool_params: Mapping[str, bool] | None = None

    def document(self) -> Mapping[str, object]:
        """The form it has in recipes and manifests."""
        args = self.args
        mode = "replace" if args and args.replace else "append"
        return {
            **({"args": {"mode": mode, "values": list(args.values)}} if args else {}),
            **({"tool_params": dict(self.tool_params)} if self.tool_params is not None else {}),
        }


@dataclass(frozen=True, slots=True)
class LaunchContract:
    """Everything that decides a tool's arguments, backend by backend."""

    args: tuple[str, ...] = ()
    default_params: Mapping[str, bool] | None = None
    tool_params: ToolParams | None = None
    recipe: LaunchOverrides | None = None
    direct: LaunchOverrides | None = None


def read_overrides(section: Section) -> LaunchOverrides:
    """Overrides as recipes, files and inline JSON spell them. Raises DefinitionError."""
    args, params = section.optional_section("args"), section.optional_section("tool_params")
    section.done()
    if args is None and params is None:
        section.fail("", "found no overrides, expected args, tool_params or both")
    return LaunchOverrides(
        None if args is None else _args(args), None if params is None else params.booleans()
    )


def _args(section: Section) -> ArgsOverride:
    replace = section.one_of("mode", ("append", "replace")) == "replace"
    override = ArgsOverride(replace, section.texts("values"))
    section.done()
    return override


def effective_args(contract: LaunchContract, backend: str) -> tuple[str, ...]:
    """The tool's arguments on a backend (`local_interactive` counts as `raw_launch`).

    Arguments come from the direct overrides when those have some, else from the recipe's;
    parameters merge. Raises DefinitionError for unknown parameters and reserved arguments.
    """
    surface = "raw_launch" if backend == "local_interactive" else backend
    sources = [source for source in (contract.direct, contract.recipe) if source]
    if sources and surface in _FIXED:
        raise DefinitionError(
            f"launch_overrides: found some, expected none, since {surface} decides the arguments"
        )
    chosen = next((source.args for source in sources if source.args), None)
    if chosen:
        _check_reserved(chosen.values, surface)
    kept = () if chosen and chosen.replace else contract.args
    return (*kept, *(chosen.values if chosen else ()), *_param_args(contract, surface))


def _param_args(contract: LaunchContract, surface: str) -> Iterator[str]:
    declared = contract.tool_params or {}
    for name, value in sorted(_merged(contract).items()):
        if name not in declared:
            known = ", ".join(sorted(declared)) or "none at all"
            raise DefinitionError(
                f"launch_overrides.tool_params: found {ascii(name)[1:-1][:60]}, "
                f"expected a parameter of this tool: {known}"
            )
        switch = declared[name].get(surface)
        if switch:
            yield from switch.when_true if value else switch.when_false


def _merged(contract: LaunchContract) -> Mapping[str, bool]:
    layers = [contract.default_params]
    layers += [source.tool_params for source in (contract.recipe, contract.direct) if source]
    return {name: value for layer in layers if layer for name, value in layer.items()}


def _check_reserved(values: tuple[str, ...], surface: str) -> None:
    for value in values:
        for word in BACKENDS.get(surface, ()):
            if value == word or (word.startswith("-") and value.startswith(f"{word}=")):
                raise DefinitionError(
                    f"launch_overrides.args: found {word}, expected none of the arguments "
                    f"that {surface} writes itself"
                )
