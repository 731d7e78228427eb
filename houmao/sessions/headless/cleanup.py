"""The turns that headless agents have left, removed on an operator's word only."""

import shutil
from dataclasses import replace

from houmao.headless.files import AgentFiles
from houmao.registry.cleanup import CleanupAction, CleanupOutcome


def plan_ended(files: AgentFiles) -> tuple[CleanupAction, ...]:
    """A verdict on each agent that has ended, sorted by id; changes nothing."""
    return tuple(
        CleanupAction(
            it.tracked_agent_id,
            files.agent_folder(it.tracked_agent_id),
            CleanupOutcome.PLANNED,
            f"headless agent {it.agent_name!r} has ended and left "
            f"{len(files.turns(it.tracked_agent_id))} turns",
        )
        for it in files.ended()
    )


def clean_ended(files: AgentFiles) -> tuple[CleanupAction, ...]:
    """Carry the plan out; one folder that cannot be removed does not stop the rest."""
    return tuple(map(_remove, plan_ended(files)))


def _remove(action: CleanupAction) -> CleanupAction:
    try:
        shutil.rmtree(action.path)
    except OSError as error:
        why = f"{action.path} cannot be removed: {error.strerror}"
        return replace(action, outcome=CleanupOutcome.FAILED, reason=why)
    return replace(action, outcome=CleanupOutcome.REMOVED)
