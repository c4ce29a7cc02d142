"""The pool of workers, from within."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from app import seed, settings, workers
from app.workers import Workers


def test_worker_that_is_stopped_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PING_SECONDS", 3)
    monkeypatch.setattr(workers, "_STOP_SECONDS", 0.1)
    config = settings.load({"api_token": "a-token-for-tests", "SRV_DIR": str(tmp_path)})
    seed.seed(config.folders)

    async def next_after_a_stopped_one() -> bool:
        async with asyncio.timeout(60), Workers(config) as pool:
            async with pool.borrow() as first:
                os.kill(first.process.pid, signal.SIGSTOP)
            async with pool.borrow() as second:
                return second is not first

    async def replaced() -> bool:
        try:
            return await next_after_a_stopped_one()
        finally:
            await asyncio.sleep(0.2)  # channels are closed a little later than their workers

    assert asyncio.run(replaced())
