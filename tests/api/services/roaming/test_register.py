"""Registering at a partner, inviting one, and knowing who calls."""

from dataclasses import replace

import pytest
from sqlmodel import select

from api.db import UnitOfWork
from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, OurIdentity, PartyRole, Peer, Registration
from api.models.partner import Partner
from api.ports.roaming import RegistrationFailed
from api.services.roaming.partners import (
    PartnerNotConnected,
    PartnerStatus,
    caller_by_tokens,
    owns,
    partner_by_token,
    peer_of,
)
from api.services.roaming.queries import connected_partners
from api.services.roaming.register import (
    AlreadyRegistered,
    NotRegistered,
    invite_partner,
    register_partner,
    unregister,
)
from tests.api.services.roaming.builders import OUR_TOKEN, THEIR_TOKEN, a_partner, at
from tests.fakes import FakeRoaming, fake_policy, fake_ports

URL = "https://cpo.test/ocpi/versions"
FOUND = Registration(
    version="2.2.1",
    their_token="fresh-token",
    versions_url=URL,
    endpoints=(Endpoint("sessions", InterfaceRole.SENDER, "https://cpo.test/sessions"),),
    roles=(
        PartyRole(MarketRole.HUB, PartyId("NL", "HUB"), "A hub"),
        PartyRole(MarketRole.CPO, PartyId("DE", "CPO"), "An operator"),
    ),
)


class LookingRoaming(FakeRoaming):
    """A partner that looks at our versions with the new token while we register, as the chapter has it."""

    def __init__(self, work: UnitOfWork) -> None:
        super().__init__()
        self._work = work
        self.seen: list[str | None] = []

    async def register(self, versions_url: str, token: str, *, ours: OurIdentity, our_token: str) -> Registration:
        async with self._work() as db:
            partner = await partner_by_token(db, at(0), our_token)
        self.seen.append(partner.status if partner else None)
        return await super().register(versions_url, token, ours=ours, our_token=our_token)


async def test_registering_hands_out_a_token_that_is_known_at_once(work: UnitOfWork) -> None:
    """While the exchange runs the partner may look at us with the new token; afterwards both sides can call."""
    roaming = LookingRoaming(work)
    roaming.registrations.append(FOUND)
    ports = fake_ports(roaming=roaming)
    partner = await register_partner(work=work, ports=ports, now=at(0), url=URL, token="once", name="An operator")
    assert roaming.seen == [PartnerStatus.REGISTERING]
    url, token, ours, our_token = roaming.calls_of("register")[0].arguments
    assert (url, token) == (URL, "once")
    assert ours == OurIdentity(PartyId("DE", "CHH"), "Chargehand", None, "http://chargehand.test/ocpi/versions")
    async with work() as db:
        known = await partner_by_token(db, at(0), str(our_token))
        assert [each.id for each in await connected_partners(db)] == [partner.id]
    assert known is not None
    assert peer_of(known, ports) == Peer(
        partner_id=partner.id,
        version="2.2.1",
        their_token="fresh-token",
        endpoints=FOUND.endpoints,
        our_party=PartyId("DE", "CHH"),
        their_party=PartyId("NL", "HUB"),
        versions_url=URL,
    )


async def test_an_exchange_that_breaks_off_leaves_nothing(work: UnitOfWork) -> None:
    """After a failure no partner and no token is left, and the next try may succeed."""
    roaming = FakeRoaming()
    roaming.registrations.extend([RegistrationFailed("registration_failed", step="credentials"), FOUND])
    ports = fake_ports(roaming=roaming)
    with pytest.raises(RegistrationFailed):
        await register_partner(work=work, ports=ports, now=at(0), url=URL, token="once", name="An operator")
    async with work() as db:
        assert (await db.exec(select(Partner))).all() == []
    await register_partner(work=work, ports=ports, now=at(0), url=URL, token="twice", name="An operator")


async def test_a_platform_is_registered_once(work: UnitOfWork) -> None:
    """A second registration at the same address is refused before anything is sent."""
    roaming = FakeRoaming()
    ports = fake_ports(roaming=roaming)
    await register_partner(work=work, ports=ports, now=at(0), url=URL, token="once", name="An operator")
    with pytest.raises(AlreadyRegistered):
        await register_partner(work=work, ports=ports, now=at(0), url=URL, token="again", name="An operator")
    assert len(roaming.calls) == 1


async def test_after_leaving_a_partner_may_be_registered_again(work: UnitOfWork) -> None:
    """The end of a connection forgets both tokens and blocks nothing."""
    ports = fake_ports()
    partner = await register_partner(work=work, ports=ports, now=at(0), url=URL, token="once", name="An operator")
    async with work() as db:
        await unregister(db=db, partner_id=partner.id)
    async with work() as db:
        row = await db.get_one(Partner, partner.id)
        assert (row.our_token_hash, row.their_token_sealed) == (None, None)
        with pytest.raises(PartnerNotConnected):
            peer_of(row, ports)
        with pytest.raises(NotRegistered):
            await unregister(db=db, partner_id=partner.id)
    await register_partner(work=work, ports=ports, now=at(0), url=URL, token="twice", name="An operator")


async def test_an_invitation_is_known_by_its_token_and_cannot_be_called(work: UnitOfWork) -> None:
    """The one-time token finds the invited partner; there is nothing to call it with yet."""
    ports = fake_ports()
    async with work() as db:
        invited, token = await invite_partner(db=db, ports=ports, now=at(0), name="A newcomer")
    async with work() as db:
        partner = await partner_by_token(db, at(0), token)
        assert partner is not None
        assert (partner.id, partner.status) == (invited.id, PartnerStatus.INVITED)
        with pytest.raises(PartnerNotConnected):
            peer_of(partner, ports)


async def test_the_likelier_reading_of_a_header_wins(work: UnitOfWork) -> None:
    """When both readings of a header are somebody's tokens, the first one counts."""
    async with work() as db:
        await a_partner(db, partner_id="prt_1", token="first")
        await a_partner(db, partner_id="prt_2", token="second")
        caller = await caller_by_tokens(db, at(0), ("second", "first"))
        nobody = await caller_by_tokens(db, at(0), ("third",))
    assert caller is not None
    assert (caller.partner.id, caller.token) == ("prt_2", "second")
    assert nobody is None


async def test_a_token_sealed_with_another_key_is_no_token(work: UnitOfWork) -> None:
    """The database alone does not let anybody call partners in our name."""
    async with work() as db:
        partner = await a_partner(db)
    assert peer_of(partner, fake_ports()).their_token == THEIR_TOKEN
    other = fake_ports(policy=replace(fake_policy(), sealing_key=bytes(32)))
    with pytest.raises(Exception, match="seal_broken"):
        peer_of(partner, other)


async def test_a_partner_owns_its_roles_only(work: UnitOfWork) -> None:
    """Country and party both count, in any case."""
    async with work() as db:
        partner = await a_partner(db, token=OUR_TOKEN)
    assert owns(partner, "de", "cpo")
    assert not owns(partner, "DE", "CHH")
    assert not owns(partner, "NL", "CPO")
