"""One contract for ``SmartCharging`` and ``InvoiceReports``: the fakes and the gateways, over HTTP, keep it alike."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace

import pytest
from starlette.responses import Response

from api.domain.roaming.partner import Endpoint, InterfaceRole, Peer
from api.domain.roaming.smart import PreferencesAnswer, ProfileAnswerKind
from api.ports.invoice_reports import InvoiceReports
from api.ports.roaming import PartnerAnsweredBadly, PulledObject, UnreadableObject
from api.ports.smart_charging import SmartCharging, SmartChargingNotOffered
from clients.ocpi.exact_json import dump
from clients.ocpi.gateway_invoices import OcpiInvoiceReports
from clients.ocpi.gateway_smart import OcpiSmartCharging
from clients.ocpi.invoice_dialect import invoice_dialect_for
from tests.clients.ocpi.peer import Partner, Seen, a_transport, enveloped, partner
from tests.clients.ocpi.v2_2_1.mapping.test_smart import LIMITS, URL, WISH
from tests.clients.ocpi.v2_3_0.mapping.test_invoice import RECORD
from tests.fakes import FakeInvoiceReports, FakeSmartCharging


def a_peer(served: Partner, version: str = "2.2.1") -> Peer:
    """Return a peer with all modules of these ports."""
    modules = [
        Endpoint("sessions", InterfaceRole.SENDER, f"{served.url}/sessions"),
        Endpoint("chargingprofiles", InterfaceRole.RECEIVER, f"{served.url}/chargingprofiles/"),
        Endpoint("invoicereconciliation", InterfaceRole.SENDER, f"{served.url}/invoices"),
    ]
    return replace(served.peer(), version=version, endpoints=tuple(modules))


def friendly(seen: Seen) -> Response:
    """Answer as an operator that takes everything."""
    if seen.path == "/invoices":
        return enveloped([RECORD, {"id": "odd"}])
    return enveloped(
        "ACCEPTED" if seen.path.endswith("/charging_preferences") else {"result": "ACCEPTED", "timeout": 7}
    )


@dataclass
class Side:
    """One implementation of both ports, and the operator behind it."""

    smart: SmartCharging
    invoices: InvoiceReports
    served: Partner


@pytest.fixture
def operator() -> Iterator[Partner]:
    """Serve an operator that takes everything."""
    with partner(friendly) as served:
        yield served


@pytest.fixture(params=["fake", "live"])
async def side(request: pytest.FixtureRequest, operator: Partner) -> AsyncIterator[Side]:
    """Yield the fakes, then the gateways."""
    if request.param == "fake":
        fake = FakeInvoiceReports()
        record = PulledObject(invoice_dialect_for("2.3.0").read_invoice_report(RECORD), raw=dump(RECORD))
        fake.reports = [record, UnreadableObject(reason="country_code", raw='{"id":"odd"}')]
        yield Side(FakeSmartCharging(), fake, operator)
        return
    transport = a_transport()
    yield Side(OcpiSmartCharging(transport), OcpiInvoiceReports(transport), operator)
    await transport.aclose()


async def test_all_requests_are_answered_in_our_words(side: Side) -> None:
    """A friendly operator accepts each of the four."""
    peer = a_peer(side.served)
    side.smart.require_preferences(peer)
    side.smart.require_profiles(peer)
    assert await side.smart.send_preferences(peer, "s-1", WISH) is PreferencesAnswer.ACCEPTED
    answers = [
        await side.smart.set_profile(peer, "s-1", LIMITS, response_url=URL),
        await side.smart.clear_profile(peer, "s-1", response_url=URL),
        await side.smart.ask_profile(peer, "s-1", duration_seconds=900, response_url=URL),
    ]
    assert {answer.kind for answer in answers} == {ProfileAnswerKind.ACCEPTED}


async def test_the_oldest_version_is_refused_by_its_version(side: Side) -> None:
    """Before anything is called, with the reason; and it has no list of invoices."""
    peer = a_peer(side.served, "2.1.1")
    for require in (side.smart.require_preferences, side.smart.require_profiles):
        with pytest.raises(SmartChargingNotOffered) as refused:
            require(peer)
        assert refused.value.facts["reason"] == "version"
    with pytest.raises(SmartChargingNotOffered):
        await side.smart.send_preferences(peer, "s-1", WISH)
    assert (side.invoices.offered(peer), side.served.seen) == (False, [])


async def test_records_come_with_their_json(side: Side) -> None:
    """A bad record comes as such and loses no other; only 2.3.0 has them."""
    peer = a_peer(side.served, "2.3.0")
    assert side.invoices.offered(peer)
    assert not side.invoices.offered(a_peer(side.served, "2.2.1"))
    good, bad = [each async for each in side.invoices.pull_reports(peer)]
    assert isinstance(good, PulledObject)
    assert (good.value.id, good.value.cdr_ids) == ("REC-1", ("CDR1", "cdr2"))
    assert isinstance(bad, UnreadableObject)


def test_a_missing_module_is_told_apart(operator: Partner) -> None:
    """An operator of a version that could, whose platform does not."""
    live = OcpiSmartCharging(a_transport())
    fake = FakeSmartCharging()
    fake.without_module = True
    for smart in (live, fake):
        with pytest.raises(SmartChargingNotOffered) as refused:
            smart.require_profiles(replace(a_peer(operator), endpoints=()))
        assert refused.value.facts["reason"] == "module"


async def test_how_the_requests_go_over_the_wire(operator: Partner) -> None:
    """PUT with a body, DELETE and GET with all in the address, ids quoted, the operator named for routing."""
    transport = a_transport()
    smart = OcpiSmartCharging(transport)
    peer = a_peer(operator)
    await smart.send_preferences(peer, "a?b", WISH)
    await smart.set_profile(peer, "a?b", LIMITS, response_url=URL)
    await smart.clear_profile(peer, "a?b", response_url=URL)
    await smart.ask_profile(peer, "a b", duration_seconds=900, response_url=URL)
    await transport.aclose()
    seen = operator.seen
    assert [(each.method, each.path) for each in seen] == [
        ("PUT", "/sessions/a%3Fb/charging_preferences"),
        ("PUT", "/chargingprofiles/a%3Fb"),
        ("DELETE", "/chargingprofiles/a%3Fb"),
        ("GET", "/chargingprofiles/a b"),
    ]
    address = "response_url=https%3A%2F%2Fus.example%2Focpi%2F2.2.1%2Femsp%2Fchargingprofiles%2Fresult%2Fabc"
    assert seen[2].query == address
    assert seen[3].query == f"duration=900&{address}"
    assert {each.headers["ocpi-to-party-id"] for each in seen} == {"WPX"}
    assert b'"energy_need":24.5' in seen[0].body


@pytest.mark.parametrize("data", [None, {"result": "PERHAPS"}, "YES", []])
async def test_nonsense_is_no_answer(data: object) -> None:
    """It is never taken for a yes."""
    with partner(lambda seen: enveloped(data)) as served:
        transport = a_transport()
        smart = OcpiSmartCharging(transport)
        with pytest.raises(PartnerAnsweredBadly):
            await smart.send_preferences(a_peer(served), "s-1", WISH)
        with pytest.raises(PartnerAnsweredBadly):
            await smart.set_profile(a_peer(served), "s-1", LIMITS, response_url=URL)
        await transport.aclose()
        assert len(served.seen) == 2
