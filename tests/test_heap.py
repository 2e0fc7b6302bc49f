"""What large bodies, refused uploads and broken connections leave behind."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import weakref

from tests.storage.scripted_store import accept, lose_reply, refuse, refuse_unread, reset_mid_body, scripted_store
from tests.worker_process import ROOT
from uploader.heap import kept_small

BEGIN = """
import asyncio, gc, sys
from contextlib import suppress
from uploader.errors import StorageError
from uploader.heap import kept_small
from uploader.storage import SEGMENT
from uploader.storage.identity import GivenToken
from uploader.storage.supabase import supabase_store

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
"""
# A first body, then many that have small things between them which stay.
BODIES = """
async def main():
    async with kept_small():
        bytearray(500_000)
        before = resident()
        bodies, small = [], []
        for _ in range(20):
            bodies.append(bytearray(400_000))
            small.append(bytearray(20_000))
        bodies.clear()
        print(resident() - before)
"""
# Many smaller ones.
PIECES = """
async def main():
    async with kept_small(period=0.1):
        before = resident()
        pieces, small = [], []
        for _ in range(400):
            pieces.append(bytearray(50_000))
            small.append(bytearray(600))
        pieces.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(20):
                while resident() - before > 5_000_000:
                    await asyncio.sleep(0.1)
        print(resident() - before)
"""
# Python does not look for what holds each other: it does so once a minute, and nothing large may wait for it.
UPLOADS = """
async def upload(store, times):
    for number in range(times):
        with suppress(StorageError):
            await store.put("a.ts", bytes([number % 256]) * 400_000, SEGMENT)

async def main():
    gc.disable()
    async with kept_small(), supabase_store(url=sys.argv[1], bucket="streams", identity=GivenToken("key")) as store:
        await upload(store, 50)
        before = resident()
        await upload(store, 300)
        print(resident() - before)
"""
END = """
asyncio.run(main())
"""
# Of one story on a busy machine (s).
DEADLINE = 120.0


async def growth(story: str, *arguments: str) -> int:
    """By how many bytes a process grew that lived through this story."""
    command = (sys.executable, "-c", BEGIN + story + END, *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        async with asyncio.timeout(DEADLINE):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return int(told)


async def test_bodies_that_are_gone_leave_nothing_resident() -> None:
    assert await growth(BODIES) < 1_000_000  # on a heap with holes: 8 MB


async def test_holes_between_small_things_are_given_back() -> None:
    assert await growth(PIECES) < 5_000_000  # with the holes: 20 MB


async def test_three_hundred_uploads_of_every_outcome_leave_nothing_resident() -> None:
    busy = refuse(503, "DatabaseConnectionLimit", "Too many connections")
    outcomes = (accept, busy, refuse_unread(413, "EntityTooLarge", "too large"), lose_reply, reset_mid_body)
    async with scripted_store(*outcomes * 70) as server:
        grown = await growth(UPLOADS, server.url)
        assert len(server.requests) > 300  # on a busy machine one may not get through
    assert grown < 12_000_000  # usually 1 MB; were each body to wait until somebody looks: 78 MB


async def test_what_holds_each_other_is_gone_after_a_look() -> None:
    class Thing:
        other: Thing

    gc.disable()
    try:
        async with kept_small(period=0.01):
            one, other = Thing(), Thing()
            one.other, other.other = other, one
            gone = weakref.ref(one)
            del one, other
            async with asyncio.timeout(20):
                while gone() is not None:  # noqa: ASYNC110  (a collector offers nothing to wait on)
                    await asyncio.sleep(0.01)
            assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
    assert gc.get_freeze_count() == 0
