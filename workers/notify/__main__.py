"""The notify process: `python -m workers.notify`. One per host.

While the settings file has no rule it waits for one, and has not even imported what it would need:
most hosts never tell anybody anything.
"""

import signal
import threading

from houmao import config, logs
from houmao.errors import ConfigError
from houmao.notices.rules import notify_settings
from houmao.settings_file import SettingsFile

#: Seconds between looks at the settings file, and between tries of Redis.
LOOK_EVERY, AWAY_PAUSE = 2.0, 1.0


def main() -> None:
    """Tell until told to stop."""
    logs.configure("notify")
    settings, ending = config.load(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGINT, lambda *_: ending.set())
    waited = await_rules(SettingsFile(settings.settings_file), ending)
    if not ending.is_set():
        tell(settings, ending, anew=waited)


def await_rules(file: SettingsFile, ending: threading.Event) -> bool:
    """Return once there is a rule or the end has come; True when there was none at first."""
    waited = False
    while not _has_rules(file) and not ending.wait(LOOK_EVERY):
        waited = True
    return waited


def tell(settings: config.Settings, ending: threading.Event, *, anew: bool) -> None:
    """Follow and send; `anew` when nobody wants to know what happened before."""
    from houmao.state.connect import RedisAway
    from workers.notify.process import build

    process = build(settings)
    while not ending.is_set():
        try:
            if anew:
                process.follower.pause()
                anew = False
            ending.wait(process.step())
        except RedisAway as error:
            logs.get("notices").info("redis_away", reason=type(error).__name__)
            ending.wait(AWAY_PAUSE)
    process.sender.close()


def _has_rules(file: SettingsFile) -> bool:
    try:
        return bool(notify_settings(file.changed() or {}).rules)
    except ConfigError as error:
        logs.get("notices").error("settings_not_used", why=error.message)
        return False


if __name__ == "__main__":
    main()
