"""A client's place in a stream: nothing twice, nothing lost, and a word when nothing happens."""

from houmao.api.services.feeds import HEARTBEAT_SECONDS, Entry, Feed, Told, order


def feed(after_id: str = "5-1") -> Feed:
    return Feed("s", after_id, lambda it: it[0], ends_at=60.0)


def told(entry_id: str) -> Told:
    return Told((entry_id, {}), f"<{entry_id}>")


def test_what_it_had_is_not_told_again() -> None:
    """Ids are numbers: 10 comes after 9."""
    found = feed("9-9")
    assert found.take([told("9-9"), told("9-10"), told("10-0")], 0.0) == "<9-10><10-0>"
    assert found.take([told("10-0")], 0.0) == ""
    assert order("7") < order("7-1")


def test_what_is_not_wanted_moves_its_place_on() -> None:
    """So that a client that comes again is not told of it either."""
    found = feed()

    def wanted(entry: Entry) -> bool:
        return entry[0] == "7-0"

    found.wanted = wanted
    assert found.take([told("6-0"), told("7-0"), told("8-0")], 0.0) == "<7-0>"
    assert found.after_id == "8-0"


def test_silence_is_broken() -> None:
    """A comment proves life, and names the place."""
    found = feed()
    assert found.take([], HEARTBEAT_SECONDS - 0.1) == ""
    assert found.take([], HEARTBEAT_SECONDS) == ": still here\nid: 5-1\n\n"
    assert found.take([], HEARTBEAT_SECONDS + 1) == ""
