"""The registry's folders: hostile ones are named, publications are whole and owned."""

import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from houmao.errors import Conflict, HoumaoError, RecordError, Unavailable, UsageError
from houmao.registry.files import MAX_RECORD_BYTES, PANE_NAME, RecordProblem, Registry, renewed
from houmao.registry.record import GatewayAddress, NotedPane, to_json
from tests.unit.registry.documents import DAY, NOW, record, version_3


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


def folder(registry: Registry, name: str = "a1") -> Path:
    path = registry.root / "live_agents" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def put(registry: Registry, text: str, name: str = "a1") -> Path:
    path = folder(registry, name) / "record.json"
    path.write_text(text)
    return path


def test_absent_registry_is_empty_and_stays_absent(registry: Registry) -> None:
    """Reading creates nothing."""
    assert registry.entries() == ()
    assert registry.load("a1") is None
    assert not registry.root.exists()


def test_published_record_is_found_in_every_way(registry: Registry) -> None:
    """By id, by exact name and in the listing, which is sorted by folder."""
    for agent_id in ("b2", "a1"):
        registry.publish(record(agent_id), NOW)
    assert registry.load("a1") == record("a1")
    assert registry.named("name-b2", NOW) == (record("b2"),)
    assert registry.named("HOUMAO-name-b2", NOW) == ()
    assert registry.named("name-b2", NOW + 2 * DAY) == ()
    assert [entry.record for entry in registry.entries()] == [record("a1"), record("b2")]


def test_published_file_is_private_and_alone(registry: Registry) -> None:
    """The record is readable by its owner only and no temporary file stays."""
    registry.publish(record(), NOW)
    path = folder(registry) / "record.json"
    assert path.read_text() == to_json(record())
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["record.json"]


def test_folder_without_record(registry: Registry) -> None:
    """An empty folder is a missing record."""
    folder(registry)
    assert registry.entry("a1").problem is RecordProblem.MISSING


def test_half_written(registry: Registry) -> None:
    """A temporary file alone is a publication that was never completed."""
    (folder(registry) / "record.json.0f.tmp").write_text("{")
    assert registry.entry("a1").problem is RecordProblem.HALF_WRITTEN


def test_malformed(registry: Registry) -> None:
    """A cut record is malformed and hides no other."""
    put(registry, to_json(record("a1"))[:100])
    registry.publish(record("b2"), NOW)
    first, second = registry.entries()
    assert (first.problem, first.reason) == (RecordProblem.MALFORMED, "record: is not valid JSON")
    assert second.record == record("b2")


def test_huge(registry: Registry) -> None:
    """A record is read up to its bound and not beyond."""
    put(registry, to_json(record()) + " " * MAX_RECORD_BYTES)
    assert registry.entry("a1").problem is RecordProblem.TOO_LARGE
    put(registry, to_json(record()).ljust(MAX_RECORD_BYTES))
    assert registry.entry("a1").record == record()


def test_future_version(registry: Registry) -> None:
    """A newer record is told apart from a broken one."""
    put(registry, json.dumps({"schema_version": 4}))
    assert registry.entry("a1").problem is RecordProblem.FUTURE_VERSION


def test_folder_name_differs(registry: Registry) -> None:
    """A copied folder does not publish its agent a second time."""
    put(registry, to_json(record("a1")), name="a1-backup")
    entry = registry.entry("a1-backup")
    assert (entry.record, entry.problem) == (None, RecordProblem.WRONG_FOLDER)


def test_symlinks_are_never_followed(registry: Registry, tmp_path: Path) -> None:
    """A link in place of record, folder or registry gives no record."""
    target = put(Registry(tmp_path / "other"), to_json(record()))
    (folder(registry) / "record.json").symlink_to(target)
    assert registry.entry("a1").problem is RecordProblem.SYMLINK
    (registry.root / "live_agents/b2").symlink_to(target.parent)
    assert registry.entry("b2").problem is RecordProblem.SYMLINK
    (tmp_path / "third").mkdir()
    (tmp_path / "third/live_agents").symlink_to(target.parent.parent)
    assert Registry(tmp_path / "third").entries() == ()


def test_fifo_does_not_stop_the_scan(registry: Registry) -> None:
    """A named pipe without a writer is malformed; reading it does not wait."""
    os.mkfifo(folder(registry) / "record.json")
    assert registry.entry("a1").problem is RecordProblem.MALFORMED


def test_odd_files_leak_no_descriptor(registry: Registry) -> None:
    """A folder in the record's place is malformed, and nothing stays open, however often read."""
    (folder(registry) / "record.json").mkdir()
    before = len(os.listdir("/dev/fd"))
    assert {registry.entry("a1").problem for _ in range(20)} == {RecordProblem.MALFORMED}
    assert len(os.listdir("/dev/fd")) == before


def test_plain_files_and_odd_names(registry: Registry) -> None:
    """Plain files are no entries; a folder name that is no text still prints."""
    folder(registry)
    (registry.root / "live_agents/notes.txt").write_text("x")
    os.mkdir(os.fsencode(registry.root) + b"/live_agents/\xff")
    assert [entry.agent_id for entry in registry.entries()] == ["a1", "\ufffd"]


@pytest.mark.parametrize("agent_id", ["", ".", "..", "../x", "a/b", "/etc", "-a"])
def test_unsafe_id_reaches_no_path(registry: Registry, agent_id: str) -> None:
    """An id that could leave the registry is no record and cannot be removed."""
    assert registry.load(agent_id) is None
    with pytest.raises(UsageError):
        registry.remove(agent_id)


def test_listing_failure_is_not_an_empty_registry(registry: Registry) -> None:
    """A registry that is no folder is an error, not a world without agents."""
    registry.root.mkdir()
    (registry.root / "live_agents").write_text("x")
    with pytest.raises(Unavailable):
        registry.entries()


def test_other_fresh_generation_is_refused(registry: Registry) -> None:
    """A fresh record belongs to its generation; the same one may publish again."""
    registry.publish(record(), NOW)
    registry.publish(record(session_name="moved"), NOW)
    with pytest.raises(Conflict, match="already belongs to a running agent"):
        registry.publish(record(generation_id="gen-2"), NOW)
    assert registry.load("a1") == record(session_name="moved")


def test_expired_record_may_be_replaced(registry: Registry) -> None:
    """After the lease another generation may take the id."""
    registry.publish(record(), NOW)
    later = NOW + DAY + 1
    second = record(generation_id="gen-2", published_at=later, lease_expires_at=later + DAY)
    registry.publish(second, later)
    assert registry.load("a1") == second


def test_stopped_record_may_be_replaced(registry: Registry) -> None:
    """A version 3 record of a stopped agent does not own the id."""
    put(registry, json.dumps(version_3("stopped") | {"agent_id": "a1"}))
    registry.publish(record(generation_id="gen-2"), NOW)
    assert registry.load("a1") == record(generation_id="gen-2")


def test_past_lease_is_refused(registry: Registry) -> None:
    """A record that would be born dead is not published."""
    with pytest.raises(RecordError, match="already past"):
        registry.publish(record(), NOW + 2 * DAY)


def test_invalid_record_neither_creates_nor_replaces(registry: Registry) -> None:
    """Validation comes before the disk."""
    with pytest.raises(RecordError):
        registry.publish(record(tool=" "), NOW)
    assert not registry.root.exists()
    registry.publish(record(), NOW)
    with pytest.raises(RecordError):
        registry.publish(record(tool=" "), NOW)
    assert registry.load("a1") == record()


@pytest.mark.parametrize("text", ["{", '{"schema_version": 4}'])
def test_unusable_record_in_the_way(registry: Registry, text: str) -> None:
    """Publishing over a record that cannot be judged fails and names the way out."""
    path = put(registry, text)
    with pytest.raises(RecordError, match="cleanup registry"):
        registry.publish(record(), NOW)
    assert path.read_text() == text


def test_publish_replaces_links(registry: Registry, tmp_path: Path) -> None:
    """Links in the way are replaced and what they point to stays untouched."""
    other = Registry(tmp_path / "other")
    target = put(other, "precious")
    (folder(registry) / "record.json").symlink_to(target)
    registry.publish(record("a1"), NOW)
    (registry.root / "live_agents/b2").symlink_to(target.parent)
    registry.publish(record("b2"), NOW)
    assert [entry.record for entry in registry.entries()] == [record("a1"), record("b2")]
    assert target.read_text() == "precious"


def test_publish_replaces_a_link_to_a_registry(tmp_path: Path) -> None:
    """A link in place of live_agents is replaced by a folder."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "live_agents").symlink_to(tmp_path / "elsewhere")
    Registry(tmp_path).publish(record(), NOW)
    assert Registry(tmp_path).load("a1") == record()
    assert os.listdir(tmp_path / "elsewhere") == []


def test_failed_rename_leaves_nothing(registry: Registry) -> None:
    """When the record cannot be put in place the temporary file goes."""
    (folder(registry) / "record.json.x").mkdir()
    (folder(registry) / "record.json").mkdir()
    with pytest.raises(HoumaoError):
        registry.publish(record(), NOW)
    assert sorted(os.listdir(folder(registry))) == ["record.json", "record.json.x"]


def test_renew_waits_until_half_is_left(registry: Registry) -> None:
    """A lease is extended by its own length once less than half of it is left."""
    registry.publish(record(), NOW)
    assert registry.renew(record(), NOW + DAY / 2) == record()
    late = NOW + DAY / 2 + 1
    expected = record(published_at=late, lease_expires_at=late + DAY)
    assert registry.renew(record(), late) == expected
    assert registry.load("a1") == expected


def test_renewing_keeps_a_joined_lease_long() -> None:
    """Thirty days stay thirty days."""
    joined = record(lease_expires_at=NOW + 30 * DAY)
    late = NOW + 16 * DAY
    assert renewed(joined, late).lease_expires_at == late + 30 * DAY


def test_renew_keeps_what_others_wrote(registry: Registry) -> None:
    """A stale copy in the renewer's hand does not undo a gateway's attachment."""
    registry.publish(record(), NOW)
    gateway = GatewayAddress("127.0.0.1", 4000, "/srv/state.json")
    registry.update("a1", "gen-1", lambda found: replace(found, gateway=gateway))
    renewal = registry.renew(record(), NOW + DAY - 1)
    assert renewal is not None
    assert renewal.gateway == gateway


def test_renew_does_not_bring_back_the_removed_or_replaced(registry: Registry) -> None:
    """Who no longer owns the record is told so and writes nothing."""
    assert registry.renew(record(), NOW) is None
    assert registry.entries() == ()
    registry.publish(record(generation_id="gen-2"), NOW)
    assert registry.renew(record(), NOW + DAY - 1) is None
    assert registry.load("a1") == record(generation_id="gen-2")


def test_remove_respects_the_generation(registry: Registry) -> None:
    """Only the asked generation goes; an absent folder is no error."""
    registry.publish(record(), NOW)
    assert not registry.remove("a1", "gen-2")
    assert registry.remove("a1", "gen-1")
    assert not registry.remove("a1", "gen-1")
    assert registry.entries() == ()


def test_remove_of_unusable_records(registry: Registry) -> None:
    """A broken record goes at once, a newer Houmao's only when no generation is asked."""
    put(registry, "{", "broken")
    assert registry.remove("broken", "gen-1")
    put(registry, '{"schema_version": 4}', "newer")
    assert not registry.remove("newer", "gen-1")
    assert registry.remove("newer")


def test_remove_unlinks_only_the_link(registry: Registry, tmp_path: Path) -> None:
    """Removing a linked folder leaves its target alone."""
    target = put(Registry(tmp_path / "other"), "precious")
    folder(registry)
    (registry.root / "live_agents/b2").symlink_to(target.parent)
    assert registry.remove("b2")
    assert target.read_text() == "precious"


def test_one_of_many_threads_wins(registry: Registry) -> None:
    """Of many generations that publish one id at once, exactly one succeeds and is stored."""
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def publish(generation: str) -> None:
        start.wait()
        try:
            registry.publish(record(generation_id=generation), NOW)
        except Conflict:
            return
        outcomes.append(generation)

    threads = [threading.Thread(target=publish, args=(f"gen-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    found = registry.load("a1")
    assert found is not None
    assert [found.generation_id] == outcomes


def test_readers_never_see_a_torn_record(registry: Registry) -> None:
    """While one generation republishes, every read gives a whole record."""
    registry.publish(record(), NOW)
    done = threading.Event()

    def republish() -> None:
        for n in range(100):
            registry.publish(record(session_name=f"s{n}" * (n + 1)), NOW)
        done.set()

    writer = threading.Thread(target=republish)
    writer.start()
    problems = set()
    while not done.is_set():
        problems.add(registry.entry("a1").problem)
    writer.join()
    assert problems == {None}


def test_the_pane_beside_a_record_is_of_its_incarnation(tmp_path: Path) -> None:
    """A successor under the same id has not been given its predecessor's pane."""
    registry = Registry(tmp_path)
    first = replace(record("a1"), pane=NotedPane("%5", "/tmp/tmux-0/work"))
    registry.publish(first, NOW)
    assert registry.load("a1") == first
    assert registry.update("a1", first.generation_id, lambda it: it) == first
    later = NOW + 2 * DAY
    times = {"published_at": later, "lease_expires_at": later + DAY}
    second = replace(record("a1"), generation_id="another", **times)  # type: ignore[arg-type]
    registry.publish(second, later)
    assert registry.load("a1") == second


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pane_id": "%5"}'])
def test_what_is_unusable_beside_a_record_counts_as_nothing(tmp_path: Path, text: str) -> None:
    registry = Registry(tmp_path)
    registry.publish(record("a1"), NOW)
    (registry.agents / "a1" / PANE_NAME).write_text(text)
    assert registry.load("a1") == record("a1")
