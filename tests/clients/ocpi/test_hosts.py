"""Tests of ``clients.ocpi.hosts``: partners choose how many hosts we call, and must not fill our memory with them."""

import httpx
import pytest

from clients.ocpi import hosts
from clients.ocpi.hosts import MOST_KEPT, Hosts


async def test_only_pools_of_hosts_called_lately_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool that was used longest ago is closed; one in use is never."""
    monkeypatch.setattr(hosts, "MOST_KEPT", 3)
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient())
        return made[-1]

    pools = Hosts(make)
    async with pools.client(httpx.URL("https://busy.test/a")) as busy:
        for number in range(10):
            async with pools.client(httpx.URL(f"https://h{number}.test/a")):
                pass
        async with pools.client(httpx.URL("https://busy.test/b")) as again:
            assert again is busy
        assert not busy.is_closed
    assert [client.is_closed for client in made] == [False, *([True] * 8), False, False]
    await pools.aclose()
    assert all(client.is_closed for client in made)


async def test_all_hosts_share_what_is_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificates that we trust are read once for all hosts, not once for each."""
    from clients.ocpi.transport import Transport

    read = 0
    create = httpx.create_ssl_context

    def counted(**options: object) -> object:
        nonlocal read
        read += 1
        return create(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    transport = Transport(new_id=lambda: "x")
    for number in range(MOST_KEPT + 20):
        async with transport._hosts.client(httpx.URL(f"https://h{number}.test/a")):
            pass
    assert read == 1
    assert len(transport._hosts._pools) == MOST_KEPT
    await transport.aclose()
