"""From a recipe's name to a running agent: builds the home, then starts the session."""

import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from houmao.agents.assemble import assemble, new_home_below
from houmao.agents.backends import LOCAL
from houmao.agents.brain import BrainPlan, new_home_id
from houmao.agents.choice import BrainOptions, choose
from houmao.agents.folder import DefinitionFolder
from houmao.agents.selector import Selection, select
from houmao.config import Settings
from houmao.ids import check_user_name, slug
from houmao.mailbox.binding import MailboxOptions
from houmao.sessions.generation import Generation
from houmao.sessions.starting.start import Started, StartRequest, start
from houmao.tools.catalog import headless_of


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """What to launch; folders are absolute, None is for the recipe to say."""

    selector: str
    provider: str
    definitions: Path
    working_directory: Path
    agent_name: str | None = None
    agent_id: str | None = None
    session_name: str | None = None
    #: Run it turn by turn, its turns kept under this id.
    tracked_agent_id: str | None = None
    mailbox: MailboxOptions = field(default_factory=MailboxOptions)


def launch(
    order: LaunchOrder, settings: Settings, environ: Mapping[str, str], generation: Generation
) -> Started:
    """Build and start; neither home nor session is left when that fails. Raises HoumaoError."""
    check(order)
    folder = DefinitionFolder(order.definitions)
    selection = select(folder, order.selector, order.provider)
    plan = _build(order, folder, selection, settings, generation)
    request = StartRequest(
        brain_manifest=plan.manifest_path,
        definitions=folder.root,
        working_directory=order.working_directory,
        role=selection.role,
        agent_name=order.agent_name or selection.recipe.default_agent_name or _base_name(selection),
        agent_id=order.agent_id,
        session_name=order.session_name,
        backend=headless_of(selection.recipe.tool).backend if order.tracked_agent_id else LOCAL,
        tracked_agent_id=order.tracked_agent_id,
        mailbox=order.mailbox,
    )
    try:
        return start(request, settings, environ, generation)
    except BaseException:
        _unbuild(plan)
        raise


def check(order: LaunchOrder) -> None:
    """Raise UsageError for an order that cannot be carried out, before anything is made."""
    if order.agent_name is not None:
        check_user_name(order.agent_name)


def _build(
    order: LaunchOrder,
    folder: DefinitionFolder,
    selection: Selection,
    settings: Settings,
    generation: Generation,
) -> BrainPlan:
    options = BrainOptions(agent_name=order.agent_name, agent_id=order.agent_id)
    choice = choose(options, selection.recipe, selection.recipe_path)
    home_id = new_home_id(choice.tool, generation.now, generation.random_hex)
    where = new_home_below(settings.runtime_root, home_id, generation.now, sys.executable)
    return assemble(folder, choice, where)


def _unbuild(plan: BrainPlan) -> None:
    shutil.rmtree(plan.home_path, ignore_errors=True)
    with suppress(OSError):
        plan.manifest_path.unlink()


def _base_name(selection: Selection) -> str:
    return slug(selection.base_name)
