"""Rotating tokens from our side (behavior 11): an overlap, and nobody locked out when an answer is lost."""

from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.db import UnitOfWork
from api.domain.ids import PartyId
from api.domain.roaming.partner import Endpoint, InterfaceRole, MarketRole, OurIdentity, PartyRole, Peer, Registration
from api.models.partner import Partner
from api.ports import Ports
from api.ports.roaming import RegistrationFailed
from api.services.roaming.partners import PartnerStatus, partner_by_token, peer_of
from api.services.roaming.register import (
    TOKEN_OVERLAP,
    NotRegistered,
    NotSuspended,
    remove_partner,
    resume_partner,
    suspend_partner,
)
from api.services.roaming.rotate import LEASE, RotationUnderWay, may_have_arrived, rotate_tokens, rotate_what_is_due
from tests.api.services.roaming.builders import OUR_TOKEN, THEIR_TOKEN, a_partner, at, partner_of
from tests.fakes import FakeClock, FakeRoaming, SimulatedCrash, fake_policy, fake_ports

ANSWERED = Registration(
    version="2.2.1",
    their_token="their-next-token",
    versions_url="https://prt_1.test/ocpi/versions",
    endpoints=(Endpoint("sessions", InterfaceRole.SENDER, "https://cpo.test/sessions"),),
    roles=(PartyRole(MarketRole.CPO, PartyId("DE", "CPO"), "An operator"),),
)
LOST = RegistrationFailed("registration_failed", step="credentials", problem="ReadTimeout")
REFUSED = RegistrationFailed("registration_failed", step="credentials", http_status=405, ocpi_status=2000)


class Rotating(FakeRoaming):
    """A partner whose answers are programmed, and that remembers which tokens it was given."""

    def __init__(self, *answers: Registration | RegistrationFailed | SimulatedCrash) -> None:
        super().__init__()
        self.answers = deque(answers)
        self.given: list[str] = []
        self.peers: list[Peer] = []

    async def rotate(self, peer: Peer, *, ours: OurIdentity, our_token: str) -> Registration:
        self.given.append(our_token)
        self.peers.append(peer)
        answer = self.answers.popleft()
        if isinstance(answer, Registration):
            return answer
        raise answer


def world(*answers: Registration | RegistrationFailed | SimulatedCrash) -> tuple[Rotating, FakeClock, Ports]:
    """Return a partner with programmed answers, a clock and the ports with both."""
    roaming, clock = Rotating(*answers), FakeClock(at(0))
    return roaming, clock, fake_ports(roaming=roaming, clock=clock)


async def rotate(work: UnitOfWork, ports: Ports, *, upgrade: bool = False) -> Partner:
    """Rotate the tokens of the one partner now."""
    return await rotate_tokens(work=work, ports=ports, now=ports.clock.now(), partner_id="prt_1", upgrade=upgrade)


async def accepted(work: UnitOfWork, ports: Ports, *tokens: str) -> list[bool]:
    """Say of each token whether it opens the door now."""
    async with work() as db:
        return [await partner_by_token(db, ports.clock.now(), token) is not None for token in tokens]


@pytest.fixture
async def partner(work: UnitOfWork) -> Partner:
    """Return a connected partner."""
    async with work() as db:
        return await a_partner(db)


async def test_both_tokens_are_exchanged_and_ours_overlap(work: UnitOfWork, partner: Partner) -> None:
    """After success theirs is the new one, and of ours the old one is good for a while more."""
    roaming, clock, ports = world(ANSWERED)
    row = await rotate(work, ports)
    assert peer_of(row, ports).their_token == "their-next-token"
    assert (row.pending_seed, row.pending_token_hash, row.rotating_until) == (None, None, None)
    (fresh,) = roaming.given
    assert await accepted(work, ports, fresh, OUR_TOKEN) == [True, True]
    clock.advance(TOKEN_OVERLAP.total_seconds())
    assert await accepted(work, ports, fresh, OUR_TOKEN) == [True, False]


async def test_the_new_token_is_good_while_the_partner_still_answers(work: UnitOfWork, partner: Partner) -> None:
    """A partner that looks at us with the new token before it answers our PUT is let in; so is the old token."""
    roaming, _, ports = world(ANSWERED)
    seen: list[bool] = []
    usual = roaming.rotate

    async def looking(peer: Peer, *, ours: OurIdentity, our_token: str) -> Registration:
        seen.extend(await accepted(work, ports, our_token, OUR_TOKEN))
        return await usual(peer, ours=ours, our_token=our_token)

    roaming.rotate = looking  # type: ignore[method-assign]  # the partner's own behavior
    await rotate(work, ports)
    assert seen == [True, True]


@pytest.mark.parametrize("lost", [LOST, SimulatedCrash("killed")], ids=["answer lost", "we died"])
async def test_a_lost_answer_keeps_both_tokens_until_it_is_known(
    work: UnitOfWork, partner: Partner, lost: RegistrationFailed | SimulatedCrash
) -> None:
    """Whether the partner took the new token is unknown, so both stay good; the next try hands out the same one."""
    roaming, clock, ports = world(lost, LOST, ANSWERED)
    with pytest.raises((RegistrationFailed, SimulatedCrash)):
        await rotate(work, ports)
    clock.advance(LEASE.total_seconds())
    with pytest.raises(RegistrationFailed):
        await rotate(work, ports)
    clock.advance(7 * 24 * 3600)
    assert await accepted(work, ports, roaming.given[0], OUR_TOKEN) == [True, True]
    async with work() as db:
        assert peer_of(await partner_of(db), ports).their_token == THEIR_TOKEN
    await rotate(work, ports)
    assert len(set(roaming.given)) == 1
    clock.advance(TOKEN_OVERLAP.total_seconds())
    assert await accepted(work, ports, roaming.given[0], OUR_TOKEN) == [True, False]


async def test_a_refused_rotation_changes_nothing(work: UnitOfWork, partner: Partner) -> None:
    """A clear no means that nobody has the new token: it is forgotten, and the next try makes another."""
    roaming, _, ports = world(REFUSED, ANSWERED)
    with pytest.raises(RegistrationFailed):
        await rotate(work, ports)
    async with work() as db:
        assert (await partner_of(db)).model_dump() == partner.model_dump()
    assert await accepted(work, ports, roaming.given[0], OUR_TOKEN) == [False, True]
    await rotate(work, ports)
    assert len(set(roaming.given)) == 2


async def test_a_refusal_after_a_lost_answer_proves_nothing(work: UnitOfWork, partner: Partner) -> None:
    """It may refuse us because it took the token the first time: that one must stay good."""
    roaming, _, ports = world(LOST, replace_step(REFUSED, "versions"))
    for _ in range(2):
        with pytest.raises(RegistrationFailed):
            await rotate(work, ports)
    assert await accepted(work, ports, roaming.given[0], OUR_TOKEN) == [True, True]


def replace_step(error: RegistrationFailed, step: str) -> RegistrationFailed:
    """Return the same failure at another step."""
    return RegistrationFailed(error.code, **(error.facts | {"step": step}))


@pytest.mark.parametrize(
    ("facts", "unknown"),
    [
        ({"step": "versions", "problem": "ConnectError"}, False),
        ({"step": "details", "http_status": 500}, False),
        ({"step": "credentials", "problem": "ReadTimeout"}, True),
        ({"step": "credentials", "problem": "gateway", "http_status": 504}, True),
        ({"step": "credentials", "http_status": 500, "ocpi_status": 3000}, True),
        ({"step": "credentials", "http_status": 200, "message": "no envelope"}, True),
        ({"step": "credentials", "message": "token: missing"}, True),
        ({"step": "credentials", "http_status": 405}, False),
        ({"step": "credentials", "http_status": 200, "ocpi_status": 3001}, False),
    ],
)
def test_only_a_clear_no_is_a_no(facts: dict[str, object], unknown: bool) -> None:
    """Silence, errors of a server and unreadable answers leave it open whether the partner took the token."""
    assert may_have_arrived(RegistrationFailed("registration_failed", **facts)) is unknown


async def test_two_rotations_do_not_cross(work: UnitOfWork, partner: Partner) -> None:
    """While one runs a second is refused; one whose process died is waited for no longer than the lease."""
    roaming, clock, ports = world(SimulatedCrash("killed"), ANSWERED)
    with pytest.raises(SimulatedCrash):
        await rotate(work, ports)
    with pytest.raises(RotationUnderWay):
        await rotate(work, ports)
    clock.advance(LEASE.total_seconds())
    await rotate(work, ports)
    assert len(roaming.given) == 2


async def test_the_version_stays_unless_an_upgrade_is_asked_for(work: UnitOfWork, partner: Partner) -> None:
    """A rotation looks for the version that was agreed; an upgrade for the newest."""
    roaming, _, ports = world(ANSWERED, replace(ANSWERED, version="2.3.0"))
    await rotate(work, ports)
    row = await rotate(work, ports, upgrade=True)
    assert [peer.version for peer in roaming.peers] == ["2.2.1", ""]
    assert row.version == "2.3.0"


async def test_only_a_registered_partner_is_rotated(work: UnitOfWork) -> None:
    """Nothing is sent to one that is suspended or gone."""
    roaming, _, ports = world()
    async with work() as db:
        await a_partner(db, status=PartnerStatus.SUSPENDED.value)
    with pytest.raises(NotRegistered):
        await rotate(work, ports)
    assert roaming.given == []


async def test_a_partner_suspended_during_the_exchange_stays_suspended(work: UnitOfWork, partner: Partner) -> None:
    """The new tokens are kept, the door stays shut."""
    roaming, _, ports = world(ANSWERED)
    usual = roaming.rotate

    async def meanwhile(peer: Peer, *, ours: OurIdentity, our_token: str) -> Registration:
        async with work() as db:
            await suspend_partner(db=db, partner_id="prt_1")
        return await usual(peer, ours=ours, our_token=our_token)

    roaming.rotate = meanwhile  # type: ignore[method-assign]  # as above
    assert (await rotate(work, ports)).status == PartnerStatus.SUSPENDED


async def test_old_tokens_are_rotated_by_the_clock_only_where_that_is_wanted(work: UnitOfWork) -> None:
    """By age when the policy says so; a rotation without an answer is taken up in any case; failures stop nothing."""
    async with work() as db:
        for name, days in (("prt_1", 40), ("prt_2", 40), ("prt_3", 5)):
            since = at(0) - timedelta(days=days)
            await a_partner(db, partner_id=name, token=name, registered_at=since)
    roaming, clock, off = world(LOST, ANSWERED, ANSWERED)
    await rotate_what_is_due(work=work, ports=off)
    assert roaming.given == []
    monthly = fake_ports(
        roaming=roaming, clock=clock, policy=replace(fake_policy(), rotation_period=timedelta(days=30))
    )
    await rotate_what_is_due(work=work, ports=monthly)
    assert [peer.partner_id for peer in roaming.peers] == ["prt_1", "prt_2"]
    await rotate_what_is_due(work=work, ports=off)
    assert [peer.partner_id for peer in roaming.peers] == ["prt_1", "prt_2", "prt_1"]
    assert roaming.given[0] == roaming.given[2]


async def test_a_suspended_partner_is_resumed_and_caught_up_with(work: UnitOfWork, partner: Partner) -> None:
    """Suspending locks both directions; resuming opens them and pulls what was missed."""
    ports = fake_ports()
    async with work() as db:
        with pytest.raises(NotSuspended):
            await resume_partner(db=db, partner_id="prt_1")
        row = await suspend_partner(db=db, partner_id="prt_1")
        with pytest.raises(Exception, match="partner_not_connected"):
            peer_of(row, ports)
        with pytest.raises(NotRegistered):
            await suspend_partner(db=db, partner_id="prt_1")
    async with work() as db:
        assert (await resume_partner(db=db, partner_id="prt_1")).status == PartnerStatus.CONNECTED


@pytest.mark.parametrize(
    ("status", "told"),
    [(PartnerStatus.CONNECTED, True), (PartnerStatus.SUSPENDED, True), (PartnerStatus.INVITED, False)],
)
async def test_removing_forgets_every_token_and_tells_the_partner_if_it_can(
    work: UnitOfWork, status: PartnerStatus, told: bool
) -> None:
    """A partner that was never connected has nothing to be told; in the end none of its tokens is left."""
    roaming = FakeRoaming()
    ports = fake_ports(roaming=roaming)
    async with work() as db:
        without: dict[str, Any] = {} if told else {"their_token_sealed": None, "version": None}
        await a_partner(db, status=status.value, pending_token_hash="x", pending_seed="y", **without)
    assert await remove_partner(work=work, ports=ports, partner_id="prt_1") is told
    assert len(roaming.calls_of("end_registration")) == int(told)
    async with work() as db:
        row = await partner_of(db)
    assert row.status == PartnerStatus.UNREGISTERED
    assert {row.our_token_hash, row.their_token_sealed, row.pending_token_hash, row.pending_seed} == {None}
    with pytest.raises(NotRegistered):
        await remove_partner(work=work, ports=ports, partner_id="prt_1")


async def test_a_partner_that_cannot_be_told_is_removed_all_the_same(work: UnitOfWork, partner: Partner) -> None:
    """DELETE at the partner is a courtesy; our side ends whatever comes of it."""

    class Deaf(FakeRoaming):
        async def end_registration(self, peer: Peer) -> None:
            raise LOST

    assert not await remove_partner(work=work, ports=fake_ports(roaming=Deaf()), partner_id="prt_1")
    assert not any(await accepted(work, fake_ports(), OUR_TOKEN))
