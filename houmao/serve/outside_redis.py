"""What is wrong with a Redis that somebody else runs, in sentences. Starts and changes nothing."""

from collections.abc import Iterator

from houmao.config import Settings
from houmao.state import connect

VARIABLE, PASSWORD_FILE = "HOUMAO_REDIS_URL", "HOUMAO_REDIS_PASSWORD_FILE"


def objections(settings: Settings) -> Iterator[str]:
    """What keeps it from being used, or makes that unwise; nothing where all is well.

    Raises ConfigError for what no waiting will mend.
    """
    url = settings.effective_redis_url
    if not connect.check(url):
        yield f"Redis does not answer ({VARIABLE})"
        if url.startswith("rediss"):
            yield "one without TLS does not answer either; its URL begins redis://"
    elif connect.lets_anybody_in(url):
        setting = PASSWORD_FILE if settings.redis_password_file else VARIABLE
        yield (
            f"Redis asks for no password, though {setting} sets one: it lets anybody in; set "
            "`requirepass` there"
        )
