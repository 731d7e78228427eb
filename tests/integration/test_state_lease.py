"""One owner per host: taking, keeping and losing the lease, with real Redis."""

from redis import Redis

from houmao.state import keys
from houmao.state.write import LEASE_MS, Lease


def lease(redis: Redis, owner: str = "m:1:0") -> Lease:
    return Lease(redis, "here", owner)


def test_a_free_lease_is_taken_and_expires(redis: Redis) -> None:
    """The owner is readable in Redis, with a fencing number and an expiry."""
    mine = lease(redis)
    assert mine.acquire()
    assert (redis.get(keys.lease("here")), mine.epoch) == ("m:1:0 1", 1)
    assert 0 < redis.pttl(keys.lease("here")) <= LEASE_MS


def test_renewing_keeps_the_number(redis: Redis) -> None:
    """A renewal is the same ownership and puts the expiry off."""
    mine = lease(redis)
    mine.acquire()
    redis.pexpire(keys.lease("here"), 1_000)
    assert mine.acquire()
    assert mine.epoch == 1
    assert redis.pttl(keys.lease("here")) > 1_000


def test_a_held_lease_is_refused(redis: Redis) -> None:
    """The second process gets nothing, whatever it says about a third one."""
    first, second = lease(redis), lease(redis, "m:2:0")
    first.acquire()
    assert not second.acquire()
    assert not second.acquire(dead_owner="m:3:0")
    # An owner whose text only begins like the holder's is another one.
    assert not second.acquire(dead_owner="m:1:")
    assert (second.epoch, second.holder()) == (0, "m:1:0")


def test_a_dead_owners_lease_is_taken_over(redis: Redis) -> None:
    """Who knows that the holder ended need not wait for the expiry, and gets a new number."""
    first, second = lease(redis), lease(redis, "m:2:0")
    first.acquire()
    assert second.acquire(dead_owner="m:1:0")
    assert second.epoch == 2
    assert not first.acquire(), "the former owner comes back to a lease that is another's"


def test_release_frees_at_once_but_only_ones_own(redis: Redis) -> None:
    """A clean end leaves no lease; one that was taken over stays with its new owner."""
    first, second = lease(redis), lease(redis, "m:2:0")
    first.acquire()
    second.acquire(dead_owner="m:1:0")
    first.release()
    assert redis.get(keys.lease("here")) == "m:2:0 2"
    second.release()
    assert redis.get(keys.lease("here")) is None
    assert second.epoch == 0


def test_an_emptied_redis_gives_a_new_number(redis: Redis) -> None:
    """The owner learns from the number that everything it had published is gone."""
    mine = lease(redis)
    mine.acquire()
    redis.flushall()
    assert mine.acquire()
    assert mine.epoch == 2
    assert redis.get(keys.epoch("here")) == "2"


def test_hosts_do_not_share_a_lease(redis: Redis) -> None:
    """Each host has its own owner and its own numbers."""
    here, there = lease(redis), Lease(redis, "there", "m:9:0")
    assert here.acquire()
    assert there.acquire()
    assert (here.epoch, there.epoch) == (1, 1)
