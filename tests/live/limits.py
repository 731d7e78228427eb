"""Scenes of an account's limits, on a real CLI: one that is near, and one that is reached.

What each API says of them is here; the truth is what it then said and what the person here does.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from tests.live.account import Account, Standing
from tests.live.lab import Lab, clear
from tests.live.told import SceneVerdict, seen
from tests.services import wait_until

#: Seconds until what is used up is free again.
_RESETS = 7200
#: The same, where that is waited for; within how many seconds Claude Code then goes on by itself.
_RESETS_SOON, _GOES_ON = 15, 150.0
_UNIFIED = "anthropic-ratelimit-unified-"
_WORKS, _DONE = "active none -", "ready success -"
_REACHED = "ready known_failure usage_limit"


@dataclass(frozen=True, slots=True)
class Limits:
    """How one API's account stands while little is used up, while a limit is near, and beyond."""

    free: Standing
    near: Standing
    reached: Standing


def play(found: Lab) -> Iterator[SceneVerdict]:
    """Go through the scenes of its tool, if it has any, and leave an account without limits."""
    scenes = _SCENES.get(found.tool)
    if scenes is None:
        return
    yield from scenes(found)
    _account(found).standing = Standing()


def _codexs(found: Lab) -> Iterator[SceneVerdict]:
    limits = _codex(int(time.time()) + _RESETS)
    clear(found)
    _account(found).standing = limits.near
    found.send("STUB:slow 2 near a limit")
    yield seen(found, "a limit is near: a choice", "unknown success dialog")
    found.keys("2")
    yield seen(found, "the model is kept", _DONE)
    yield from _noticed(found)
    yield from _refused(found, limits.reached)
    yield from _refused(found, limits.reached)
    yield from _freed(found, limits.free)


def _claudes(found: Lab) -> Iterator[SceneVerdict]:
    limits = _claude(int(time.time()) + _RESETS)
    _account(found).standing = limits.near
    yield from _noticed(found)
    clear(found)
    _account(found).standing = limits.reached
    _send_refused(found, lambda: found.send("more than is allowed"))
    yield from _asked_what_to_do(found)
    yield from _refused(found, limits.reached)
    yield from _refused(found, _spent(limits.reached))
    clear(found)
    # No limit of the account's: the server has too much to do.
    _account(found).standing = Standing({"x-should-retry": "false"}, limits.reached.refusal)
    _send_refused(found, lambda: found.send("more than it can do now"))
    yield seen(found, "the server throttles", "ready known_failure -")
    yield from _freed(found, limits.free)
    yield from _refused(found, _claude(int(time.time()) + _RESETS_SOON).reached)
    _account(found).standing = limits.free
    if _is_automatic(found):
        yield seen(found, "it goes on by itself", _DONE, seconds=_GOES_ON)


def _asked_what_to_do(found: Lab) -> Iterator[SceneVerdict]:
    """Older versions ask at once; newer ones wait, unless they are told not to."""
    waits = _is_automatic(found)
    if waits:
        yield seen(found, "the limit is reached", _REACHED)
        found.send("/rate-limit-options")
    yield seen(found, "it asks what to do", "unknown known_failure usage_limit")
    found.keys("Escape")
    yield seen(found, "nothing is chosen", _REACHED)
    if waits:
        found.keys("Escape")
        time.sleep(1)
        yield seen(found, "it will not go on by itself", _REACHED)


def _is_automatic(found: Lab) -> bool:
    """Whether it goes on by itself as soon as it may."""
    said = " ".join(found.screen().split())
    return any(f"{verb} automatically at" in said for verb in ("continue", "continuing"))


def _geminis(found: Lab) -> Iterator[SceneVerdict]:
    asks, account = "unknown none usage_limit", _account(found)
    clear(found)
    account.standing = _gemini("PerDay", "40000s")
    _send_refused(found, lambda: found.send("more than a day allows"))
    yield seen(found, "the day's limit is reached", asks)
    _send_refused(found, lambda: found.keys("Enter"))
    yield seen(found, "it tries in vain", asks)
    time.sleep(1)
    found.keys("Down")
    time.sleep(0.5)
    found.keys("Enter")
    yield seen(found, "it stops", _REACHED)
    clear(found)
    _send_refused(found, lambda: found.send("STUB:slow 2 once more"))
    yield seen(found, "and the next turn", asks)
    account.standing = Standing()
    time.sleep(1)
    found.keys("Enter")
    yield seen(found, "it tries once more", _WORKS)
    yield seen(found, "it goes on", _DONE)
    clear(found)
    account.standing = _gemini("PerMinute", "5s")
    _send_refused(found, lambda: found.send("STUB:slow 2 too many in a minute"))
    yield seen(found, "it waits for a minute's limit", _WORKS)
    account.standing = Standing()
    yield seen(found, "it goes on by itself", _DONE, seconds=30)


def _noticed(found: Lab) -> Iterator[SceneVerdict]:
    """Turns below which a notice stands."""
    clear(found)
    found.send("STUB:slow 2 above a notice")
    yield seen(found, "a turn above the notice", _WORKS)
    yield seen(found, "it has ended", _DONE)
    clear(found)
    found.send("STUB:slow 20 an answer nobody waits for")
    yield seen(found, "a turn above the notice", _WORKS)
    # An answer that has begun is not taken back.
    time.sleep(3)
    found.interrupt()
    yield seen(found, "it was interrupted", "ready interrupted -")
    clear(found)
    found.send("STUB:error 400")
    yield seen(found, "an error above the notice", "ready known_failure -")


def _refused(found: Lab, standing: Standing) -> Iterator[SceneVerdict]:
    clear(found)
    _account(found).standing = standing
    _send_refused(found, lambda: found.send("more than is allowed"))
    yield seen(found, "the limit is reached", _REACHED)


def _freed(found: Lab, standing: Standing) -> Iterator[SceneVerdict]:
    clear(found)
    _account(found).standing = standing
    found.send("STUB:slow 2 after the limit was reset")
    yield seen(found, "the next turn runs", _WORKS)
    yield seen(found, "it has ended", _DONE)


def _send_refused(found: Lab, act: Callable[[], None]) -> None:
    account = _account(found)
    before = account.refused
    act()
    wait_until(lambda: account.refused > before, "the API has refused")
    # The turn before may have ended as this one does.
    time.sleep(2)


def _account(found: Lab) -> Account:
    assert found.account is not None
    return found.account


def _codex(resets: int) -> Limits:
    def standing(used: int, refusal: bytes | None = None) -> Standing:
        windows = (("primary", used, 300), ("secondary", min(used + 4, 96), 10080))
        headers = {
            f"x-codex-{name}-{what}": str(value)
            for name, percent, minutes in windows
            for what, value in (
                ("used-percent", percent),
                ("window-minutes", minutes),
                ("reset-at", resets),
            )
        }
        return Standing(headers, refusal)

    error = {
        "type": "usage_limit_reached",
        "message": "The usage limit has been reached",
        "plan_type": "plus",
        "resets_at": resets,
        "resets_in_seconds": _RESETS,
    }
    return Limits(standing(5), standing(92), standing(100, _body(error)))


def _claude(resets: int) -> Limits:
    def standing(
        status: str, used: str, more: Mapping[str, str], refusal: bytes | None = None
    ) -> Standing:
        told = {
            "status": status,
            "reset": str(resets),
            "representative-claim": "five_hour",
            "5h-status": status,
            "5h-reset": str(resets),
            "5h-utilization": used,
            "overage-status": "rejected",
            "overage-disabled-reason": "org_level_disabled",
        }
        headers = {f"{_UNIFIED}{name}": it for name, it in told.items()}
        return Standing({**headers, **more}, refusal)

    threshold = {f"{_UNIFIED}5h-surpassed-threshold": "0.9"}
    error = {
        "type": "rate_limit_error",
        "message": "This request would exceed your account's rate limit. Please try again later.",
    }
    final = {"retry-after": str(_RESETS), "x-should-retry": "false"}
    return Limits(
        standing("allowed", "0.05", {}),
        standing("allowed_warning", "0.92", threshold),
        standing("rejected", "1.0", final, _body(error, type="error")),
    )


def _spent(reached: Standing) -> Standing:
    """A month's money is spent, too."""
    why = {f"{_UNIFIED}overage-disabled-reason": "org_spend_cap_reached"}
    return replace(reached, headers={**reached.headers, **why})


def _gemini(span: str, delay: str) -> Standing:
    """Nothing is left for a `span` (`PerDay`, `PerMinute`); to be asked again after `delay`."""
    google = "type.googleapis.com/google.rpc."
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    violation = {
        "quotaMetric": metric,
        "quotaId": f"GenerateRequests{span}PerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": "gemini-2.5-flash"},
        "quotaValue": "250",
    }
    error = {
        "code": 429,
        "message": "You exceeded your current quota, please check your plan and billing details. "
        f"\n* Quota exceeded for metric: {metric}, limit: 250\nPlease retry in {delay}.",
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {"@type": f"{google}QuotaFailure", "violations": [violation]},
            {"@type": f"{google}RetryInfo", "retryDelay": delay},
        ],
    }
    return Standing(refusal=_body(error))


def _body(error: Mapping[str, object], **more: object) -> bytes:
    return json.dumps({**more, "error": error}).encode()


_SCENES: Mapping[str, Callable[[Lab], Iterator[SceneVerdict]]] = {
    "codex": _codexs,
    "claude": _claudes,
    "gemini": _geminis,
}
