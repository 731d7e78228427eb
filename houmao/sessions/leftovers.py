"""The turns that headless agents have left, removed on an operator's word only."""

import shutil
from dataclasses import replace

from houmao.headless.files import AgentFiles
from houmao.registry.cleanup import Action, Outcome


def plan_ended(files: AgentFiles) -> tuple[Action, ...]:
    """A verdict on each agent that has ended, sorted by id; changes nothing."""
    return tuple(
        Action(
            it.tracked_agent_id,
            files.agent_folder(it.tracked_agent_id),
            Outcome.PLANNED,
            f"headless agent {it.agent_name!r} has ended and left "
            f"{len(files.turns(it.tracked_agent_id))} turns",
        )
        for it in files.ended()
    )


def clean_ended(files: AgentFiles) -> tuple[Action, ...]:
    """Carry the plan out; one folder that cannot be removed does not stop the rest."""
    return tuple(map(_remove, plan_ended(files)))


def _remove(action: Action) -> Action:
    try:
        shutil.rmtree(action.path)
    except OSError as error:
        why = f"{action.path} cannot be removed: {error.strerror}"
        return replace(action, outcome=Outcome.FAILED, reason=why)
    return replace(action, outcome=Outcome.REMOVED)
