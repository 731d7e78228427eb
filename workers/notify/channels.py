"""The ways out: a command, a webhook, the desktop, the bell and a message of tmux.

Each gets a notice and its rule, and raises NotSent when the notice did not go out.
"""

import hmac
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from houmao.errors import TmuxError
from houmao.notices.notice import Notice
from houmao.notices.rules import Channel, NotifyRule
from houmao.tmux.address import TmuxAddress
from houmao.tmux.command import run

#: Seconds that a command and a webhook may take.
COMMAND_SECONDS, WEBHOOK_SECONDS = 60.0, 5.0


class NotSent(Exception):
    """A notice did not go out; the message says why, without addresses and secrets."""


@dataclass(frozen=True, slots=True)
class Channels:
    """What this machine has to tell people by."""

    tmux: TmuxAddress
    environ: Mapping[str, str]
    now: Callable[[], float]

    def send(self, channel: Channel, notice: Notice, rule: NotifyRule) -> None:
        """Tell it. Raises NotSent."""
        ways: Mapping[Channel, Callable[[], None]] = {
            Channel.COMMAND: lambda: self._run(("sh", "-c", rule.command), notice),
            Channel.WEBHOOK: lambda: self._post(notice, rule),
            Channel.DESKTOP: lambda: self._run(desktop_argv(notice), notice),
            Channel.BELL: self._ring,
            Channel.TMUX: lambda: self._show(notice),
        }
        ways[channel]()

    def _run(self, argv: tuple[str, ...], notice: Notice) -> None:
        told = {f"HOUMAO_NOTICE_{name.upper()}": str(it) for name, it in notice.fields.items()}
        try:
            done = subprocess.run(
                argv,
                env={**self.environ, **told},
                input=json.dumps(notice.fields).encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotSent(type(error).__name__) from None
        if done.returncode:
            raise NotSent(f"the command ended with {done.returncode}")

    def _post(self, notice: Notice, rule: NotifyRule) -> None:
        body = json.dumps(notice.fields, sort_keys=True).encode()
        headers = {"Content-Type": "application/json", "Houmao-Notice": notice.notice_id}
        if rule.secret_file:
            headers |= signature(_secret(rule.secret_file), body, self.now())
        request = urllib.request.Request(rule.webhook, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):
                pass
        except urllib.error.HTTPError as error:
            raise NotSent(f"the webhook answered {error.code}") from None
        except (OSError, ValueError) as error:
            raise NotSent(type(error).__name__) from None

    def _ring(self) -> None:
        for tty in self._clients("#{client_tty}"):
            fd = os.open(tty, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                os.write(fd, b"\a")
            finally:
                os.close(fd)

    def _show(self, notice: Notice) -> None:
        # What tmux would take for a format is spelled out.
        text = notice.text.replace("#", "##")
        for client in self._clients("#{client_name}"):
            run(self.tmux, "display-message", "-c", client, f"Houmao: {text}")

    def _clients(self, wanted: str) -> list[str]:
        """Of every person's client; our own has no terminal."""
        try:
            found = run(self.tmux, "list-clients", "-F", f"#{{client_tty}}\t{wanted}")
        except TmuxError as error:
            raise NotSent(error.message) from None
        pairs = (line.partition("\t") for line in found.splitlines())
        return [name for tty, _, name in pairs if tty]


def desktop_argv(notice: Notice) -> tuple[str, ...]:
    """The command line that shows a notification on this system's desktop. Raises NotSent."""
    if sys.platform == "darwin":
        script = 'on run argv\ndisplay notification (item 1 of argv) with title "Houmao"\nend run'
        return ("osascript", "-e", script, notice.text)
    if shutil.which("notify-send") is None:
        raise NotSent("there is no `notify-send`; install libnotify")
    return ("notify-send", "--app-name=Houmao", "Houmao", notice.text)


def signature(secret: bytes, body: bytes, at: float) -> dict[str, str]:
    """Headers by which a receiver knows that a body is ours, and new."""
    stamp = f"{at:.0f}"
    digest = hmac.new(secret, f"{stamp}.".encode() + body, "sha256").hexdigest()
    return {"Houmao-Timestamp": stamp, "Houmao-Signature": f"sha256={digest}"}


def _secret(path: str) -> bytes:
    try:
        return Path(os.path.expanduser(path)).read_bytes().strip()
    except OSError as error:
        raise NotSent(f"the secret file cannot be read: {error.strerror}") from None
