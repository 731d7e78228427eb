"""Which codes of sign-in links were used. Raises RedisError."""

from redis import Redis

from houmao.sign_in import CODE_SECONDS
from houmao.state import keys


class UsedCodes:
    """Sees to it that a code is taken once, by whichever process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def take(self, nonce: str) -> bool:
        """Whether nobody has used that code before."""
        return bool(self._redis.set(keys.sign_in(nonce), "used", nx=True, ex=CODE_SECONDS))
