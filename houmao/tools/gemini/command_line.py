"""How Gemini CLI is called for one headless turn. Pure."""

from houmao.tools.parts.headless import STREAM_FORMAT, HeadlessTurn, missing_format

#: The options that a prompt follows.
PROMPT_OPTIONS = ("-p", "--prompt")


def turn(turn: HeadlessTurn) -> tuple[str, ...]:
    """A turn that begins or resumes a conversation; the role stands before its first prompt."""
    message = turn.role.bootstrap_message if turn.role and not turn.resume_id else None
    prompt = f"{message}\n\n{turn.prompt}" if message else turn.prompt
    return (*turn.args, *_resumed(turn.resume_id), *_prompt(prompt), *STREAM_FORMAT)


def joined_turn(turn: HeadlessTurn) -> tuple[str, ...]:
    # The prompt must follow its option, which the operator had to record.
    args = tuple(arg for arg in turn.args if arg not in PROMPT_OPTIONS)
    resumed = _resumed("latest" if turn.resume_id == "last" else turn.resume_id)
    return (*args, *resumed, *_prompt(turn.prompt), *missing_format(turn.args))


def _resumed(resume_id: str | None) -> tuple[str, ...]:
    return ("--resume", resume_id) if resume_id else ()


def _prompt(prompt: str) -> tuple[str, ...]:
    return (f"--prompt={prompt}",) if prompt.startswith("-") else ("-p", prompt)
