"""How a stub agent behaves: keys and time turn one frozen value into the next.

Knows no terminal and no clock: the time is an argument, in seconds on any steady clock.
"""

from dataclasses import dataclass, replace

from houmao.demo.keys import KeyKind, TypedKey
from houmao.demo.script import DEFAULT_TURN_SECONDS, Mix, Step, StepKind, StubScript, parse_step
from houmao.demo.view import APPROVE, REFUSE, Asking, Block, BlockKind

#: Seconds of work before an approval dialog opens.
ASK_AFTER_SECONDS = 0.6
#: Seconds within which a second Ctrl-C ends the tool.
EXIT_HINT_SECONDS = 2.0
#: A transcript longer than this is cut, so that a fleet can run for hours.
MOST_BLOCKS = 24
DEMO_COMMAND = "touch houmao-demo.txt"
_EXITS = ("/exit", "/quit")
NO_SCRIPT = StubScript()


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """A turn that runs; `asking_since` is set while its dialog is open, `choice` counts from 0."""

    step: Step
    prompt: str
    began: float
    asking_since: float | None = None
    choice: int = APPROVE
    answered: bool = False

    @property
    def ends(self) -> float:
        """When the turn, its dialog or the wait before its dialog is over by itself."""
        if self.step.kind is not StepKind.ASK or self.answered:
            return self.began + (self.step.seconds if not self.answered else ASK_AFTER_SECONDS)
        if self.asking_since is None:
            return self.began + ASK_AFTER_SECONDS
        return self.asking_since + self.step.seconds if self.step.seconds else float("inf")


@dataclass(frozen=True, slots=True)
class Play:
    """Everything a stub agent is at one moment. `marks` name what the next paint will show."""

    tool: str
    script: StubScript | Mix = NO_SCRIPT
    turn_seconds: float = DEFAULT_TURN_SECONDS
    next_step: int = 0
    step_ends: float | None = None
    blocks: tuple[Block, ...] = ()
    #: Grows when the transcript is cut: what was painted before is worth nothing then.
    edition: int = 0
    turn: PlayedTurn | None = None
    turns: int = 0
    draft: str = ""
    cursor: int = 0
    queued: tuple[str, ...] = ()
    exit_hint_until: float | None = None
    ended: bool = False
    marks: tuple[str, ...] = ()


def start(play: Play, now: float) -> Play:
    """The play with its script begun."""
    return _next_step(play, now)


def next_due(play: Play) -> float | None:
    """When `advance` has something to do, None when only a key can change anything."""
    times = [
        play.turn.ends if play.turn else None,
        play.step_ends if not play.turn and not play.draft else None,
        play.exit_hint_until,
    ]
    due = [at for at in times if at is not None and at != float("inf")]
    return min(due) if due and not play.ended else None


def advance(play: Play, now: float, clock: str = "") -> Play:
    """The play after everything that is due; `clock` is the local time as `09:03`."""
    if play.exit_hint_until is not None and play.exit_hint_until <= now:
        play = replace(play, exit_hint_until=None)
    if play.turn:
        return _turn_due(play, play.turn, now, clock) if play.turn.ends <= now else play
    if play.step_ends is not None and play.step_ends <= now and not play.draft:
        return _run_step(play, now)
    return play


def press(play: Play, key: TypedKey, now: float) -> Play:
    """The play after a key."""
    if key.kind is KeyKind.CTRL_C:
        return _ctrl_c(play, now)
    play = replace(play, exit_hint_until=None)
    if play.turn and play.turn.asking_since is not None:
        return _answer(play, play.turn, key, now)
    if key.kind is KeyKind.ESCAPE:
        return _interrupt(play, now) if play.turn else play
    if key.kind is KeyKind.ENTER:
        return _submit(play, now)
    return _edit(play, key)


def _next_step(play: Play, now: float) -> Play:
    step = play.script.step(play.next_step)
    if step is None:
        return replace(play, step_ends=None)
    if step.kind is StepKind.IDLE:
        return replace(play, next_step=play.next_step + 1, step_ends=now + step.seconds)
    return replace(play, step_ends=now)


def _run_step(play: Play, now: float) -> Play:
    step = play.script.step(play.next_step)
    if step is None or step.kind is StepKind.IDLE:
        return _next_step(play, now)
    play = replace(play, next_step=play.next_step + 1, step_ends=None)
    if step.kind is StepKind.EXIT:
        return _end(play)
    return _begin(play, step, f"{step.kind} {step.seconds:g}", now)


def _begin(play: Play, step: Step, prompt: str, now: float) -> Play:
    blocks, edition = play.blocks, play.edition
    if len(blocks) > MOST_BLOCKS:
        blocks, edition = blocks[-MOST_BLOCKS // 2 :], edition + 1
    return replace(
        play,
        blocks=(*blocks, Block(BlockKind.PROMPT, prompt)),
        edition=edition,
        turn=PlayedTurn(step, prompt, now),
        turns=play.turns + 1,
        marks=(*play.marks, "turn_begin"),
    )


def _turn_due(play: Play, turn: PlayedTurn, now: float, clock: str) -> Play:
    match turn.step.kind:
        case StepKind.ASK if turn.asking_since is None and not turn.answered:
            asking = replace(turn, asking_since=now)
            return replace(play, turn=asking, marks=(*play.marks, "dialog"))
        case StepKind.ASK if not turn.answered:
            return _approve(play, turn, now)
        case StepKind.INTERRUPT:
            return _interrupt(play, now)
        case StepKind.ERROR:
            failed = Block(BlockKind.ERROR, "529 the stub's model is overloaded")
            return _finish(play, turn, now, clock, failed)
    return _finish(play, turn, now, clock, Block(BlockKind.ANSWER, " ".join(words(turn, now))))


def _finish(play: Play, turn: PlayedTurn, now: float, clock: str, said: Block) -> Play:
    took = Block(BlockKind.FINISHED, str(int(now - turn.began)), clock)
    # Codex writes no such row below an error.
    rows = (said,) if said.kind is BlockKind.ERROR and play.tool == "codex" else (said, took)
    mark = "error" if said.kind is BlockKind.ERROR else "turn_end"
    play = replace(play, blocks=(*play.blocks, *rows), turn=None, marks=(*play.marks, mark))
    return _after_turn(play, now)


def _after_turn(play: Play, now: float) -> Play:
    if play.queued:
        first, *rest = play.queued
        return _begin(replace(play, queued=tuple(rest)), _asked(play, first), first, now)
    return play if play.step_ends is not None else _next_step(play, now)


def _interrupt(play: Play, now: float) -> Play:
    turn = play.turn
    assert turn is not None
    said = words(turn, now)
    if play.tool == "claude" and not said and turn.asking_since is None:
        return _take_back(play, turn, now)
    answer = (Block(BlockKind.ANSWER, " ".join(said)),) if said else ()
    if turn.asking_since is not None:
        answer = (Block(BlockKind.TOOL_REFUSED, DEMO_COMMAND),)
    blocks = (*play.blocks, *answer, Block(BlockKind.INTERRUPTED))
    cut = replace(play, blocks=blocks, turn=None, marks=(*play.marks, "interrupted"))
    return _after_turn(cut, now)


def _take_back(play: Play, turn: PlayedTurn, now: float) -> Play:
    # Claude, cut short before it said anything, puts the prompt back into the editor.
    taken = replace(
        play,
        blocks=play.blocks[:-1],
        turn=None,
        draft=turn.prompt,
        cursor=len(turn.prompt),
        marks=(*play.marks, "taken_back"),
    )
    return _after_turn(taken, now)


def _answer(play: Play, turn: PlayedTurn, key: TypedKey, now: float) -> Play:
    picks = {KeyKind.UP: max(APPROVE, turn.choice - 1), KeyKind.DOWN: min(REFUSE, turn.choice + 1)}
    if key.kind in picks:
        return replace(play, turn=replace(turn, choice=picks[key.kind]))
    if key.kind is KeyKind.ESCAPE or (key.kind is KeyKind.ENTER and turn.choice == REFUSE):
        return _interrupt(play, now)
    if key.kind is KeyKind.ENTER or key.text in ("1", "2", "y", "p"):
        return _approve(play, turn, now)
    return _interrupt(play, now) if key.text in ("3", "n") else play


def _approve(play: Play, turn: PlayedTurn, now: float) -> Play:
    ran = Block(BlockKind.TOOL_RAN, DEMO_COMMAND)
    # The rest of the turn runs on from the answer, so that the wait does not count as work.
    going_on = replace(turn, asking_since=None, answered=True, began=now)
    return replace(
        play, blocks=(*play.blocks, ran), turn=going_on, marks=(*play.marks, "dialog_answered")
    )


def _submit(play: Play, now: float) -> Play:
    prompt = play.draft.strip()
    if not prompt:
        return play
    play = replace(play, draft="", cursor=0)
    if prompt in _EXITS:
        return _end(play)
    if play.turn is None:
        return _begin(play, _asked(play, prompt), prompt, now)
    if play.tool == "codex":
        # Codex steers the running turn instead of queueing.
        return replace(play, blocks=(*play.blocks, Block(BlockKind.PROMPT, prompt)))
    return replace(play, queued=(*play.queued, prompt))


def _asked(play: Play, prompt: str) -> Step:
    step = parse_step(prompt)
    return (
        step if step and step.kind is not StepKind.IDLE else Step(StepKind.TURN, play.turn_seconds)
    )


def _edit(play: Play, key: TypedKey) -> Play:
    at = play.cursor
    match key.kind:
        case KeyKind.TEXT | KeyKind.PASTE | KeyKind.NEWLINE:
            text = key.text or "\n"
            return replace(
                play, draft=play.draft[:at] + text + play.draft[at:], cursor=at + len(text)
            )
        case KeyKind.BACKSPACE if at:
            return replace(play, draft=play.draft[: at - 1] + play.draft[at:], cursor=at - 1)
        case KeyKind.CLEAR:
            return replace(play, draft=play.draft[at:], cursor=0)
        case KeyKind.LEFT | KeyKind.RIGHT:
            moved = at + (1 if key.kind is KeyKind.RIGHT else -1)
            return replace(play, cursor=min(max(0, moved), len(play.draft)))
    return play


def _ctrl_c(play: Play, now: float) -> Play:
    if play.draft:
        return replace(play, draft="", cursor=0, exit_hint_until=None)
    if play.turn:
        return _interrupt(play, now)
    if play.tool == "codex" or play.exit_hint_until is not None:
        return _end(play)
    return replace(play, exit_hint_until=now + EXIT_HINT_SECONDS)


def _end(play: Play) -> Play:
    return replace(play, ended=True, turn=None, step_ends=None, marks=(*play.marks, "exit"))


_SPEECH = """
This is a stub agent of the Houmao demo. It has no model and reads nothing: it writes these words
one after the other, as fast as its turn is long, so that a watcher has something to watch. Type
a prompt to start another turn, or the words ask, error or turn 5.
"""
_VOCABULARY = tuple(_SPEECH.split())


def words(turn: PlayedTurn, now: float) -> tuple[str, ...]:
    """The words of the answer that have arrived; none in the first part of a turn."""
    length = ASK_AFTER_SECONDS if turn.answered else turn.step.seconds
    silent = min(1.0, 0.3 * length)
    if turn.step.kind is StepKind.ERROR or (turn.step.kind is StepKind.ASK and not turn.answered):
        return ()
    if now - turn.began < silent or turn.asking_since is not None:
        return ()
    share = min(1.0, (now - turn.began - silent) / max(length - silent, 1e-9))
    count = 1 + int(share * min(len(_VOCABULARY) - 1, 8 * length))
    return _VOCABULARY[: int(count)]


def asking(turn: PlayedTurn) -> Asking:
    """The dialog of a turn that waits for an approval."""
    return Asking(DEMO_COMMAND, turn.choice)
