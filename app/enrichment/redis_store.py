"""The store in Redis, for replicas on several machines."""

import importlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.enrichment.store import MAX_LEFT, Limits, StoreError

_PREFIX = "hunt:"
_TWO_DAYS = 172_800
_KEYS_AT_ONCE = 1000
# The clock is Redis's own, so that replicas need not agree on the time. KEYS: the times of
# requests, the day's counter; ARGV: requests, seconds, quota, least, most.
_ADMIT = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local requests, seconds = tonumber(ARGV[1]), tonumber(ARGV[2])
local quota = tonumber(ARGV[3])
if quota > 0 and tonumber(redis.call('GET', KEYS[2]) or '0') >= quota then return false end
local turn = now + tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.6f', now - seconds))
local earlier = redis.call('ZREVRANGE', KEYS[1], requests - 1, requests - 1, 'WITHSCORES')
if earlier[2] then turn = math.max(turn, tonumber(earlier[2]) + seconds) end
if turn > now + tonumber(ARGV[5]) then return false end
local number = redis.call('INCR', KEYS[2])
redis.call('ZADD', KEYS[1], string.format('%.6f', turn), clock[1] .. '-' .. number)
redis.call('PEXPIRE', KEYS[1], math.ceil((turn - now + seconds) * 1000))
redis.call('EXPIRE', KEYS[2], 172800)
return string.format('%.6f', turn - now)
"""
# KEYS: what was left, by the time until which it is; ARGV: how many at most.
_TAKE = """
local clock = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', clock[1])
local taken = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
if #taken > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #taken - 1) end
return taken
"""
# KEYS: a claim; ARGV: whose it must be.
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class RedisStore:
    """See `store.Store`. `url` is redis://, rediss:// (TLS) or unix://, and may hold a password."""

    def __init__(self, url: str) -> None:
        try:
            self._redis: Any = importlib.import_module("redis")
        except ImportError:
            raise StoreError("a cache in Redis needs the package redis: install it") from None
        try:
            self._client = self._redis.Redis.from_url(
                url, decode_responses=True, socket_timeout=5, socket_connect_timeout=5
            )
        except ValueError:
            raise StoreError(
                "the URL of the cache in Redis must begin with redis://, rediss:// or unix://"
            ) from None
        self._admit = self._client.register_script(_ADMIT)
        self._release = self._client.register_script(_RELEASE)
        self._take = self._client.register_script(_TAKE)
        self._id = uuid.uuid4().hex

    def get_many(self, space: str, keys: Iterable[str]) -> dict[str, str]:
        wanted = list(keys)
        found: dict[str, str] = {}
        with self._errors():
            for start in range(0, len(wanted), _KEYS_AT_ONCE):
                some = wanted[start : start + _KEYS_AT_ONCE]
                texts = self._client.mget([_key(space, key) for key in some])
                pairs = zip(some, texts, strict=True)
                found.update((key, text) for key, text in pairs if text is not None)
        return found

    def put_many(self, space: str, texts: Mapping[str, str], seconds: float) -> None:
        with self._errors():
            pipeline = self._client.pipeline(transaction=False)
            for key, text in texts.items():
                pipeline.set(_key(space, key), text, px=_milliseconds(seconds))
            pipeline.execute()

    def claim(self, space: str, key: str, seconds: float) -> bool:
        with self._errors():
            milliseconds = _milliseconds(seconds)
            return bool(self._client.set(_key(space, key), self._owner(), nx=True, px=milliseconds))

    def release(self, space: str, key: str) -> None:
        with self._errors():
            self._release(keys=[_key(space, key)], args=[self._owner()])

    def leave(self, name: str, texts: Iterable[str], seconds: float) -> None:
        key = _key("left", name)
        until = time.time() + seconds
        if scores := dict.fromkeys(texts, until):
            with self._errors():
                self._client.zadd(key, scores)
                self._client.zremrangebyrank(key, 0, -MAX_LEFT - 1)
                self._client.expire(key, _TWO_DAYS)

    def take(self, name: str, most: int) -> list[str]:
        with self._errors():
            return list(self._take(keys=[_key("left", name)], args=[most]))

    def admit(self, name: str, limits: Limits, least: float, most: float) -> float | None:
        keys = [_key("requests", name), _counter(name)]
        values = [limits.requests, limits.seconds, limits.quota, least, most]
        with self._errors():
            seconds = self._admit(keys=keys, args=values)
            return None if seconds is None else float(seconds)

    def count(self, name: str, amount: int) -> None:
        with self._errors():
            self._client.incrby(_counter(name), amount)
            self._client.expire(_counter(name), _TWO_DAYS)

    def counted(self, name: str) -> int:
        with self._errors():
            return int(self._client.get(_counter(name)) or 0)

    def _owner(self) -> str:
        return f"{self._id}-{os.getpid()}"  # a fork is another

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except self._redis.RedisError as error:
            # Its text may hold the URL, and so the password.
            kind = type(error).__name__
            raise StoreError(f"the cache in Redis cannot be reached or used ({kind})") from None


def _key(space: str, key: str) -> str:
    return f"{_PREFIX}{space}:{key}"


def _counter(name: str) -> str:
    return _key("count", f"{name}:{time.strftime('%Y-%m-%d', time.gmtime())}")


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
