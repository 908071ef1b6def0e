"""The dispatcher ends when it is told to, whatever comes in at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from demo_jenkins.controller import Controller, Options
from demo_jenkins.home import Home


def test_news_that_come_with_the_end_do_not_keep_it_from_ending(tmp_path: Path) -> None:
    async def ends() -> bool:
        dispatcher = Controller(Home(tmp_path), Options(), "http://127.0.0.1:9/").dispatcher
        task = asyncio.create_task(dispatcher.run())
        await asyncio.sleep(0.01)  # until it waits for news
        dispatcher.hurry()
        await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        task.cancel()
        return bool(done)

    assert asyncio.run(ends())
