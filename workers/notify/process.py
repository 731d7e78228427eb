"""Follower and sender at work under the settings that hold now."""

import time
from dataclasses import dataclass, field

from houmao import clock, config, logs
from houmao.config import Settings
from houmao.errors import ConfigError
from houmao.notices.rules import NotifySettings, notify_settings
from houmao.settings_file import SettingsFile
from houmao.state.connect import PROMPT_WAITING, connect
from houmao.state.notices import NoticeStore
from houmao.state.read import StateReader
from houmao.state.redis_clock import synchronised
from houmao.tmux.address import TmuxAddress
from workers.notify.channels import Channels
from workers.notify.follower import Follower
from workers.notify.sender import Sender
from workers.notify.subjects import Subjects

#: Seconds between looks at the settings file while there is no rule.
IDLE_PAUSE = 2.0


@dataclass(slots=True)
class NotifyProcess:
    """What the notify process does while there are rules."""

    file: SettingsFile
    follower: Follower
    sender: Sender
    settings: NotifySettings = field(default_factory=NotifySettings)

    def step(self) -> float:
        """Do what there is to do; seconds after which to come again. Raises RedisError."""
        self._read_settings()
        if not self.settings.rules:
            self.follower.pause()
            return IDLE_PAUSE
        self.follower.step(self.settings)
        self.sender.step(self.settings)
        return 0.0

    def _read_settings(self) -> None:
        try:
            document = self.file.changed()
            if document is not None:
                self.settings = notify_settings(document)
        except ConfigError as error:
            # The former rules hold until the file can be understood again.
            logs.get("notices").error("settings_not_used", why=error.message)


def build(settings: Settings) -> NotifyProcess:
    """Everything the process needs, from the settings."""
    redis = connect(settings.effective_redis_url, PROMPT_WAITING)
    store, now = NoticeStore(redis, settings.host_id), synchronised(redis).now
    channels = Channels(TmuxAddress(settings.tmux_socket), config.environment(), clock.now)
    follower = Follower(
        store, StateReader(redis), Subjects(redis, settings.host_id), now, minute_of_day
    )
    file = SettingsFile(settings.settings_file)
    return NotifyProcess(file, follower, Sender(store, channels.send, now))


def minute_of_day(at: float) -> int:
    """The minute of the day on this machine's clock."""
    local = time.localtime(at)
    return local.tm_hour * 60 + local.tm_min
