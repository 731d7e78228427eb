"""Records and manifests both ways: who one release adopted, the other knows."""

from pathlib import Path

import pytest

from tests.integration.headless import Crew
from tests.peers.meeting import Peer, joined, launched
from tests.services import wait_until

#: How each release adopts the session it is called in; the last one writes records of schema 3.
JOINS = {
    "0.1.0": "agents join",
    "0.7.3": "agents join --no-install-houmao-skills",
    "2.4.0": "agents self join --no-install-houmao-skills",
}
_SPECIALIST = "--name coder --tool codex --api-key sk-test --system-prompt Help --no-unattended"
#: How each release launches an agent, the first one from definitions.
LAUNCHES = {
    "0.1.0": (
        "agents launch --agents gpu-kernel-coder --provider codex --yolo --agent-name {name} "
        "--session-name AGENTSYS-{name}",
    ),
    "0.7.3": (
        "project init",
        f"project easy specialist create {_SPECIALIST}",
        "project easy instance launch --specialist coder --name {name} --no-gateway",
    ),
    "2.4.0": (
        "project init",
        f"project specialist create {_SPECIALIST}",
        "project agents launch --specialist coder --name {name}",
    ),
}
#: What 0.1.0 does by itself with an agent that it has launched.
KEEPS = (
    "agents mailbox register --agent-name {name}",
    "agents mailbox status --agent-name {name}",
    "agents mailbox unregister --agent-name {name}",
    "agents relaunch --agent-name {name}",
    "agents cleanup logs --dry-run --agent-name {name}",
    "agents cleanup mailbox --dry-run --agent-name {name}",
    "agents stop --agent-name {name}",
    "agents cleanup session --manifest-path {manifest}",
)
#: What each release tells of an agent without a server; {name} is ours.
TELLS = {
    "0.1.0": ("agents list", "agents state --agent-name {name}", "agents show --agent-name {name}"),
    "0.7.3": ("agents list", "agents state --agent-name {name}"),
    "2.4.0": ("agents global list", "agents single --agent-name {name} state"),
}


@pytest.mark.parametrize("version", JOINS)
def test_an_agent_of_theirs_is_ours_too(peers: Path, served: Crew, version: str) -> None:
    """Listed, shown, prompted to the end of its turn, and stopped."""
    name = f"theirs-{version.replace('.', '-')}"
    peer = Peer(peers / f"houmao-{version}", served)
    if version == "2.4.0":
        # This release adopts nothing outside of a project of its own.
        done = peer.run("houmao-mgr", "project", "init")
        assert done.returncode == 0, done.stderr[-500:]
    serves(served, name, peer.join(JOINS[version], name))
    assert name not in served.tmux.sessions()


@pytest.mark.parametrize("version", LAUNCHES)
def test_an_agent_that_they_launched_is_ours_too(peers: Path, served: Crew, version: str) -> None:
    """Built, started and published by each release in its own way."""
    name = f"launched-{version.replace('.', '-')}"
    peer = Peer(peers / f"houmao-{version}", served)
    serves(served, name, launched(peer, name, LAUNCHES[version]))


def test_their_local_commands_work_beside_our_server(peers: Path, served: Crew) -> None:
    """Launched, bound to a mailbox, started anew, stopped and cleaned up by 0.1.0; ours follows."""
    name, peer = "kept-by-them", Peer(peers / "houmao-0.1.0", served)
    told = launched(peer, name, (*LAUNCHES["0.1.0"], *KEEPS))
    for words in KEEPS:
        assert f"{words}: 0\n" in told, told
    path = f"/houmao/agents/{name}"
    wait_until(lambda: served.call("GET", path)[0] == 404, "our server has seen it go", 20)


def serves(served: Crew, name: str, told: str) -> None:
    """The agent is listed, shown, prompted to the end of its turn, and stopped."""
    path = f"/houmao/agents/{name}"

    def ready() -> bool:
        status, state = served.call("GET", f"{path}/state")
        return status == 200 and state["turn"]["phase"] == "ready"

    wait_until(ready, f"{name} is ready: {told}", 20)
    listed = served.get("/houmao/agents")["agents"]
    assert name in [it["agent_name"] for it in listed]
    shown = served.get(f"{path}/managed-state/detail")
    assert shown["identity"]["agent_name"] == name
    asked = served.post(f"{path}/requests?wait=20&wait_for=turn", {"prompt": "hello"})
    assert (asked["outcome"], asked["turn_result"]) == ("submitted", "success")
    assert "record removed" in served.post(f"{path}/stop")["detail"]


@pytest.mark.parametrize("version", TELLS)
def test_an_agent_of_ours_is_theirs_too(peers: Path, served: Crew, version: str) -> None:
    """They read our record and our manifest, and find it in its session."""
    name = joined(served, f"ours-{version.replace('.', '-')}")
    peer = Peer(peers / f"houmao-{version}", served)
    for words in TELLS[version]:
        done = peer.run("houmao-mgr", *words.format(name=name).split())
        assert done.returncode == 0, (words, done.stderr[-500:])
        assert name in done.stdout, words


def test_their_own_server_starts(peers: Path, served: Crew) -> None:
    """What we compare ourselves with is there."""
    done = Peer(peers / "houmao-0.1.0", served).run("houmao-server", "--help")
    assert done.returncode == 0, done.stderr[-500:]


def test_the_server_of_the_later_release_does_not_start(peers: Path, served: Crew) -> None:
    """Hence nothing is compared with it: the release imports itself in a circle."""
    done = Peer(peers / "houmao-0.7.3", served).run("houmao-server", "--help")
    assert "circular import" in done.stderr
