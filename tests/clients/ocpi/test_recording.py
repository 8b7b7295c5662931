"""What is noted of our calls: outcome and time, and of the address nothing that names an object or opens a door."""

import httpx
import pytest
from starlette.responses import Response

from api.domain.roaming.exchange import Exchange
from api.domain.roaming.partner import Endpoint, InterfaceRole
from api.ports.roaming import PartnerAnsweredBadly, PartnerUnreachable
from api.services.roaming.traffic import TrafficBuffer
from clients.ocpi.places import OcpiPlaces
from clients.ocpi.recording import shown_path
from clients.ocpi.transport import Caller
from tests.clients.ocpi.peer import Answering, a_transport, enveloped, partner

ENDPOINTS = (
    Endpoint("tokens", InterfaceRole.RECEIVER, "https://cpo.test/ocpi/2.2.1/tokens/"),
    Endpoint("commands", InterfaceRole.RECEIVER, "https://cpo.test/ocpi/2.2.1/commands"),
    Endpoint("sessions", InterfaceRole.SENDER, "https://cpo.test/ocpi/2.2.1/sessions"),
)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/ocpi/2.2.1/tokens/DE/CHH/UID-1?type=RFID", ("tokens", "/ocpi/2.2.1/tokens/...")),
        ("/ocpi/2.2.1/tokens", ("tokens", "/ocpi/2.2.1/tokens")),
        ("/ocpi/2.2.1/commands/START_SESSION", ("commands", "/ocpi/2.2.1/commands/START_SESSION")),
        ("/ocpi/2.2.1/commands/SECRET", ("commands", "/ocpi/2.2.1/commands/...")),
        ("/ocpi/2.2.1/sessions?token=secret&offset=1", ("sessions", "/ocpi/2.2.1/sessions")),
        ("/ocpi/2.2.1/sessionsX", (None, "/ocpi/2.2.1/sessionsX")),
        ("/ocpi/versions?key=secret", (None, "/ocpi/versions")),
    ],
)
def test_an_address_is_shown_down_to_its_endpoint(path: str, shown: tuple[str | None, str]) -> None:
    """Below it stand uids and ids, behind it a query: neither is noted."""
    assert shown_path(httpx.URL(f"https://cpo.test{path}"), ENDPOINTS) == shown


async def noted(answer: Answering, *, fails: type[Exception] | None = None) -> Exchange:
    """Return what is noted of one PUT."""
    traffic = TrafficBuffer()
    with partner(answer) as served:
        transport = a_transport()
        transport.traffic = traffic
        caller = Caller.of(served.peer())
        if fails is None:
            await transport.put(f"{served.url}/sessions/SES1", caller, {"token": "t"})
        else:
            with pytest.raises(fails):
                await transport.put(f"{served.url}/sessions/SES1", caller, {"token": "t"})
        await transport.aclose()
    (exchange,) = traffic.take().exchanges
    return exchange


async def test_a_call_is_noted_with_its_outcome() -> None:
    """A good one with both statuses and ids."""
    exchange = await noted(lambda seen: enveloped())
    assert (exchange.partner_id, exchange.direction, exchange.method) == ("prt_1", "outbound", "PUT")
    assert (exchange.path, exchange.module) == ("/sessions/...", "sessions")
    assert (exchange.http_status, exchange.ocpi_status, exchange.failed) == (200, 1000, False)
    assert exchange.request_id != exchange.correlation_id
    assert exchange.request == b'{"token":"t"}'


async def test_failures_are_told_apart() -> None:
    """A refusal has its status, nonsense and silence say what the matter was."""
    refused = await noted(lambda seen: enveloped(code=2003), fails=PartnerAnsweredBadly)
    assert (refused.http_status, refused.ocpi_status, refused.problem) == (200, 2003, None)
    nonsense = await noted(lambda seen: Response(b"<html>"), fails=PartnerAnsweredBadly)
    assert (nonsense.http_status, nonsense.ocpi_status, nonsense.problem) == (200, None, "partner_answered_badly")
    away = await noted(lambda seen: Response(status_code=503), fails=PartnerUnreachable)
    assert (away.http_status, away.failed) == (503, True)


async def test_nobody_there_is_noted_once_for_each_try() -> None:
    """A read that is tried three times leaves three notes without an answer."""
    transport, traffic = a_transport(), TrafficBuffer()
    transport.traffic = traffic
    with pytest.raises(PartnerUnreachable):
        await transport.get("http://127.0.0.1:9/x", Caller("t"))
    await transport.aclose()
    exchanges = traffic.take().exchanges
    assert [(each.http_status, each.problem) for each in exchanges] == [(None, "ConnectError")] * 3


async def test_pulled_objects_are_looked_through() -> None:
    """What is odd about one is counted under its id; one that cannot be read is counted with the reason."""
    good = {"id": "SES1", "status": "ACTIVE"}
    traffic = TrafficBuffer()
    with partner(lambda seen: enveloped([good, 7])) as served:
        transport = a_transport()
        transport.traffic = traffic
        pages = [page async for page in OcpiPlaces(transport).tariff_pages(served.peer())]

        await transport.aclose()
    assert sum(len(page.objects) for page in pages) == 2
    taken = traffic.take().oddities
    assert taken["prt_1", "tariffs", "unreadable"].seen == 2
