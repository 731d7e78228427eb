"""What `agents top` shows: who is chosen, what fits, and where an agent works."""

from dataclasses import replace
from pathlib import Path, PurePath

import click

from houmao.cli.agents.top import (
    KEYS,
    Answered,
    TopView,
    answer_line,
    branch,
    short_folder,
)
from tests.unit.cli.recorded import RECORDED

FLEET = RECORDED["fleet"]


def many(count: int) -> dict[str, object]:
    """A fleet of that many agents."""
    first = FLEET["agents"][0]
    return {"agents": [{**first, "agent_id": f"a{n}", "agent_name": f"n{n}"} for n in range(count)]}


def test_a_choice_moves_within_the_table_and_stays_with_its_agent() -> None:
    view = TopView().with_fleet(many(3))
    assert [view.moved(step).chosen for step in (-1, 0, 1)] == [
        "a0@studio",
        "a0@studio",
        "a1@studio",
    ]
    assert view.moved(1).moved(1).moved(1).chosen == "a2@studio"
    assert view.moved(1).with_fleet(many(2)).chosen == "a1@studio"
    assert view.moved(1).moved(1).with_fleet(many(2)).chosen == "a0@studio"
    assert TopView().moved(1).chosen == ""


def test_twins_of_two_hosts_are_two_choices() -> None:
    """Each key acts on the one that is chosen."""
    first = {**FLEET["agents"][0], "agent_id": "twin"}
    fleet = {"agents": [first, {**first, "host": "north"}]}
    view = TopView().with_fleet(fleet)
    assert {view.chosen, view.moved(1).chosen} == {"twin@studio", "twin@north"}
    marked = [it for it in view.moved(1).lines(80, 10, 0.0) if click.unstyle(it).startswith(">")]
    assert len(marked) == 1


def test_a_short_terminal_shows_the_chosen_one() -> None:
    view = TopView().with_fleet(many(50)).moved(30)
    lines = [click.unstyle(it) for it in view.lines(80, 12, 0.0)]
    assert len(lines) <= 12
    assert any(it.startswith(">  n30") for it in lines)
    assert all(len(it) <= 80 for it in lines)
    assert "q quit" in lines[-1]


def test_every_key_is_told_in_the_last_line() -> None:
    last = TopView().with_fleet(many(1)).lines(120, 10, 0.0)[-1]
    assert all(key in click.unstyle(last).split() for key in KEYS)


def test_the_branch_is_that_of_the_repository_around(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert branch(str(inner)) == ""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/fix/it\n")
    assert branch(str(inner)) == "fix/it"
    assert branch("") == ""
    own = inner / "tree"
    (own / "src").mkdir(parents=True)
    (tmp_path / ".git" / "worktrees" / "tree").mkdir(parents=True)
    (tmp_path / ".git" / "worktrees" / "tree" / "HEAD").write_text("ref: refs/heads/other\n")
    (own / ".git").write_text(f"gitdir: {tmp_path}/.git/worktrees/tree\n")
    assert branch(str(own / "src")) == "other", "a work tree of its own"


def test_a_branch_is_told_of_folders_of_this_host_alone(tmp_path: Path) -> None:
    """A folder of another host may be called the same."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/mine\n")
    agent = FLEET["agents"][0]
    state = {**agent["state"], "folder": str(tmp_path)}
    view = TopView().with_fleet({"agents": [{**agent, "host": "studio", "state": state}]})
    for here, shown in (("studio", True), ("elsewhere", False)):
        lines = replace(view, here=here).lines(200, 10, 0.0)
        assert ("mine" in lines[1]) is shown


def test_the_chosen_agents_answer_is_shown_until_its_next_turn() -> None:
    """What was read after another turn, or of another agent, is not."""
    view = TopView().with_fleet(many(2))
    answered = replace(
        view, answered=Answered(view.turn, answer_line("m-1", "\n Done.\x1b[2J\nmore"))
    )
    assert answered.lines(80, 10, 0.0)[-2] == "m-1 · Done. [2J"
    assert answered.moved(1).lines(80, 10, 0.0)[-2] == ""
    assert answer_line(None, None) == ""


def test_folders_are_written_as_people_do() -> None:
    home = PurePath("/h/me")
    written = [short_folder(it, home) for it in ("/h/me/src", "/h/meme", "")]
    assert written == ["~/src", "/h/meme", ""]
