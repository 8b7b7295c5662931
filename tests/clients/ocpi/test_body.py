"""Tests of ``clients.ocpi.body``; more of it over real HTTP in ``test_transport.py``."""

import gzip
import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest

from api.ports.roaming import PartnerAnsweredBadly
from clients.ocpi.body import read_body

MEGABYTE = 1_000_000


def _response(body: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body))


async def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    """The limit counts decoded bytes, and is itself allowed."""
    assert len(await read_body(_response(gzip.compress(b" " * MEGABYTE)), limit_bytes=MEGABYTE)) == MEGABYTE
    with pytest.raises(PartnerAnsweredBadly, match="larger"):
        await read_body(_response(gzip.compress(b" " * (MEGABYTE + 1))), limit_bytes=MEGABYTE)


async def test_a_bomb_is_never_unpacked() -> None:
    """A small body that unpacks to 80 MB takes no more memory than the limit calls for."""
    bomb = gzip.compress(b" " * 80 * MEGABYTE)
    assert len(bomb) < MEGABYTE / 10
    tracemalloc.start()
    try:
        with pytest.raises(PartnerAnsweredBadly, match="larger"):
            await read_body(_response(bomb), limit_bytes=MEGABYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MEGABYTE


async def test_what_follows_a_compressed_body_is_not_piled_up() -> None:
    """Bytes behind the end of the compressed text are no body, and an endless stream of them fills no memory."""

    async def endless() -> AsyncIterator[bytes]:
        yield gzip.compress(b"{}")
        for _ in range(200):
            yield b"\x00" * 100_000

    class Stream(httpx.AsyncByteStream):
        def __aiter__(self) -> AsyncIterator[bytes]:
            return endless()

    tracemalloc.start()
    try:
        with pytest.raises(PartnerAnsweredBadly, match="larger"):
            await read_body(
                httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=Stream()), limit_bytes=MEGABYTE
            )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEGABYTE
