"""`houmao-mgr agents top`: all agents on the whole terminal, live, with keys to act on them.

Each key is one of this program's own commands, run for the chosen agent.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import click

from houmao import clock, config
from houmao.cli.agents.headless import is_headless
from houmao.cli.agents.list import read_fleet
from houmao.cli.client.http import Answer, Refused, Server, Unreachable
from houmao.cli.client.reference import whole_id
from houmao.cli.lazy_group import examples
from houmao.cli.options import server_options
from houmao.cli.render.agent_state import headless_word, last_turn_word, situation, state_word
from houmao.cli.render.full_screen import FullScreen
from houmao.cli.render.output import Word, age, plain, table
from houmao.cli.render.ranking import ranked
from houmao.errors import HoumaoError, UsageError
from houmao.serve.programs import PYTHON

#: Seconds between two looks.
EVERY = 1.0
_COLUMNS = (" ", "NAME", "TOOL", "STATE", "SINCE", "LAST TURN", "BRANCH", "FOLDER")
_HELP = "enter go  a answer  d dialog  r reply  p prompt  i interrupt  s state  q quit"


@dataclass(frozen=True, slots=True)
class TopKey:
    """What a key does: a command for the chosen agent, and what else it asks the person for."""

    words: tuple[str, ...]
    asks: str = ""
    #: Whether there is something to read before the table comes back.
    stays: bool = True


KEYS = {
    "enter": TopKey(("agents", "attach"), stays=False),
    "a": TopKey(("agents", "answer")),
    "d": TopKey(("agents", "dialog")),
    "r": TopKey(("agents", "reply"), asks="--choose"),
    "p": TopKey(("agents", "prompt", "--no-wait"), asks="--prompt"),
    "i": TopKey(("agents", "interrupt")),
    "s": TopKey(("agents", "state")),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agent's journal told last: `turn` is the agent and the turn after which it was read.

    `line` is empty where no journal can be believed, and before the first answer.
    """

    turn: tuple[str, str | None]
    line: str = ""


@dataclass(frozen=True, slots=True)
class TopView:
    """What is shown; `chosen` is an agent's id with its host, `here` this host's."""

    agents: tuple[Answer, ...] = ()
    chosen: str = ""
    problem: str = ""
    here: str = ""
    answered: Answered | None = None

    def with_fleet(self, fleet: Answer) -> "TopView":
        """The same view of newer states; the choice stays while its agent is there."""
        agents = tuple(ranked(fleet["agents"]))
        ids = [whole_id(it) for it in agents]
        chosen = self.chosen if self.chosen in ids else next(iter(ids), "")
        return replace(self, agents=agents, chosen=chosen, problem=fleet.get("partial", ""))

    @property
    def turn(self) -> tuple[str, str | None]:
        """The chosen agent and when its last turn ended."""
        agent = next((it for it in self.agents if whole_id(it) == self.chosen), None)
        state = agent["state"] if agent else None
        return self.chosen, state["last_turn"]["updated_at_utc"] if state else None

    def moved(self, step: int) -> "TopView":
        """The next agent chosen, or the one before."""
        ids = [whole_id(it) for it in self.agents]
        if not ids:
            return self
        place = ids.index(self.chosen) + step
        return replace(self, chosen=ids[max(0, min(len(ids) - 1, place))])

    def lines(self, width: int, height: int, now: float) -> list[str]:
        """At most `height` lines, the chosen agent among them."""
        rows = [[*self._mark(it), *_row(it, now), *self._where(it)] for it in self.agents]
        head, *body = table(_COLUMNS, rows, width) if rows else ["no agents"]
        room = max(1, height - 5)
        place = next((n for n, it in enumerate(self.agents) if whole_id(it) == self.chosen), 0)
        first = max(0, min(place - room + 1, len(body) - room))
        said = self.answered.line if self.answered and self.answered.turn == self.turn else ""
        last = click.style((self.problem or _HELP)[:width], dim=True)
        return [head, *body[first : first + room], "", said[:width], last]

    def _mark(self, agent: Answer) -> Iterator[str | Word]:
        yield Word(">", "cyan") if whole_id(agent) == self.chosen else ""

    def _where(self, agent: Answer) -> Iterator[str]:
        folder = str((agent["state"] or {}).get("folder") or "")
        yield (branch(folder) if agent.get("host") == self.here else "") or "-"
        yield short_folder(folder, Path.home()) or "-"


@click.command(epilog=examples("houmao-mgr agents top"))
@server_options
def top(server: Server) -> None:
    """Watch all agents on the whole terminal, who needs you first, and act by one key.

    Up and down, or j and k, choose an agent; below the table stand its model and how its last
    answer begins. Enter goes to its pane, `a` shows its last answer, `d` the question it waits
    with, `r` answers that by a number, `p` prompts, `i` interrupts, `s` shows its state with the
    reasons, `q` ends.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("`agents top` needs a terminal; programs use `agents watch --json`")
    read_fleet(server)
    with FullScreen(sys.stdin.fileno()).entered() as screen:
        show(server, screen)


def show(server: Server, screen: FullScreen) -> None:
    """Until the person quits."""
    view, look_at = TopView(here=config.load().host_id), 0.0
    while True:
        if clock.monotonic() >= look_at:
            view, look_at = _looked(server, view), clock.monotonic() + EVERY
        if view.chosen and (view.answered is None or view.answered.turn != view.turn):
            view = replace(view, answered=_answered(server, view.turn))
        screen.draw(view.lines(screen.size.columns, screen.size.lines, clock.now()))
        key = screen.key(look_at - clock.monotonic() if look_at > clock.monotonic() else 0.0)
        if key == "q":
            return
        view = view.moved({"up": -1, "k": -1, "down": 1, "j": 1}.get(key or "", 0))
        if key in KEYS and view.chosen:
            act(screen, server.port, KEYS[key], view.chosen)
            look_at = 0.0


def act(screen: FullScreen, port: int, key: TopKey, agent: str) -> None:
    """Run a key's command where the person can see it and answer."""
    with screen.lent():
        more = []
        if key.asks:
            said = click.prompt(key.asks.removeprefix("--"), default="", show_default=False)
            if not said:
                return
            more = [key.asks, said]
        words = [*key.words, "--agent-id", agent, "--port", str(port), *more]
        done = subprocess.run([*PYTHON, "houmao.cli", *words], check=False)
        if key.stays or done.returncode:
            click.pause()


def _looked(server: Server, view: TopView) -> TopView:
    try:
        return view.with_fleet(read_fleet(server))
    except (Unreachable, Refused) as away:
        return replace(view, problem=away.message)


def _answered(server: Server, turn: tuple[str, str | None]) -> Answered:
    try:
        told = server.get("houmao", "agents", turn[0], "answer")
    except HoumaoError:
        return Answered(turn)
    return Answered(turn, answer_line(told["model"], told["answer"]))


def answer_line(model: str | None, text: str | None) -> str:
    """The model, and the first line of an answer that says something."""
    first = next((it for it in (text or "").splitlines() if it.strip()), "")
    return " · ".join(plain(it).strip() for it in (model, first) if it)


def _row(agent: Answer, now: float) -> Iterator[str | Word]:
    yield agent["agent_name"]
    yield agent["tool"]
    state = agent["state"]
    if is_headless(agent):
        yield from (headless_word(agent.get("headless")), "-", "-")
    elif state is None:
        yield from (Word("not seen yet", "magenta"), "-", "-")
    else:
        last = state["last_turn"]
        yield state_word(situation(state))
        yield age(state["stability"]["stable_since_utc"], now)
        yield last_turn_word(last["result"], last["updated_at_utc"], now)


def branch(folder: str) -> str:
    """The branch that is checked out around a folder of this machine; empty for none."""
    for place in (Path(folder), *Path(folder).parents) if folder else ():
        head = _text(_git_folder(place) / "HEAD")
        if head:
            return head.strip().removeprefix("ref: refs/heads/")[:40]
    return ""


def _git_folder(place: Path) -> Path:
    """A work tree beside its repository has a file that says where its own part of it is."""
    said = _text(place / ".git")
    return place / said.removeprefix("gitdir:").strip() if said else place / ".git"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def short_folder(folder: str, home: PurePath) -> str:
    """A folder as people write it."""
    return f"~{folder.removeprefix(str(home))}" if folder.startswith(f"{home}/") else folder
