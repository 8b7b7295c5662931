"""One party on two connections: refused at the registration over HTTP unless staff allowed it, with a clear answer."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.domain.ids import PartyId
from api.domain.roaming.partner import MOST_ROLES, MarketRole, PartyRole
from api.models.partner import Partner
from api.services.roaming.documents import read_roles
from api.services.roaming.partners import PartnerStatus
from api.services.roaming.register import invite_partner, register_partner, resume_partner, suspend_partner
from api.services.roaming.rotate import rotate_tokens
from api.services.roaming.shared_parties import PartyTaken
from tests.api.routes.ocpi.conftest import World
from tests.api.routes.ocpi.payloads import credentials_body
from tests.api.routes.ocpi.test_credentials import URL, found, partners
from tests.api.services.roaming.builders import a_partner
from tests.fakes import START

TWO = PartyId("DE", "TWO")


def body(*parties: str, role: str = "CPO") -> dict[str, Any]:
    """Return credentials of a platform with these parties."""
    roles = [
        {"role": role, "country_code": "DE", "party_id": each, "business_details": {"name": each}} for each in parties
    ]
    return credentials_body(roles=roles)


async def registers(world: World, message: dict[str, Any], *, allowed: bool = False) -> httpx.Response:
    """Let a newcomer register with its one-time token."""
    world.roaming.registrations.append(found())
    async with world.work() as db:
        _, once = await invite_partner(
            db=db, ports=world.ports, now=START, name="A newcomer", allow_shared_party=allowed
        )
    async with world.client(once) as client:
        return await client.post(URL, json=message)


async def statuses(world: World) -> list[str]:
    """Return the status of every partner but the first."""
    return [each.status for each in await partners(world) if each.id != "prt_1"]


async def test_a_party_of_another_partner_is_refused(world: World) -> None:
    """HTTP 200 with a status code of the client's side and what to do; nothing is stored, the token stays good."""
    answer = await registers(world, body("TWO", "cpo"))
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2000)
    assert "DE-CPO" in answer.json()["status_message"]
    assert "allow" in answer.json()["status_message"]
    newcomer = next(each for each in await partners(world) if each.name == "A newcomer")
    assert (newcomer.status, newcomer.their_token_sealed) == (PartnerStatus.INVITED, None)


async def test_staff_may_allow_it(world: World) -> None:
    """A hub and the direct connection of one of its operators are a good reason."""
    assert (await registers(world, body("CPO"), allowed=True)).json()["status_code"] == 1000


@pytest.mark.parametrize("message", [body("TWO"), body("CPO", role="EMSP")])
async def test_other_parties_and_other_roles_are_nobodys_business(world: World, message: dict[str, Any]) -> None:
    """Another operator, and a party of that name which operates nothing."""
    assert (await registers(world, message)).json()["status_code"] == 1000


@pytest.mark.parametrize(("status", "code"), [("suspended", 2000), ("unregistered", 1000), ("invited", 1000)])
async def test_who_was_locked_out_keeps_its_party_and_who_left_does_not(world: World, status: str, code: int) -> None:
    """A partner that is suspended may come back; one that left, or never came, is none."""
    async with world.work() as db:
        (await db.get_one(Partner, "prt_1")).status = status  # type: ignore[assignment]
    assert (await registers(world, body("CPO"))).json()["status_code"] == code


async def test_two_newcomers_at_once_cannot_both_be_the_same_party(world: World) -> None:
    """They wait for each other."""
    answers = await asyncio.gather(registers(world, body("TWO")), registers(world, body("TWO")))
    assert sorted(each.json()["status_code"] for each in answers) == [1000, 2000]


async def test_an_update_may_keep_a_shared_party_and_not_add_one(world: World) -> None:
    """What was so before goes on; a party that is new and another's is refused."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="second", party=TWO)
        await a_partner(db, partner_id="prt_3", token="third")
    world.roaming.registrations.extend([found(), found()])
    async with world.client("second") as client:
        assert (await client.put(URL, json=body("TWO", "CPO"))).json()["status_code"] == 2000
    async with world.client("third") as client:
        assert (await client.put(URL, json=body("CPO"))).json()["status_code"] == 1000


async def test_a_rotation_adds_no_party_of_another_partner(world: World) -> None:
    """The tokens are exchanged already: it goes on with the parties it had."""
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="second", party=TWO)
    roles = tuple(PartyRole(MarketRole.CPO, party, "An operator") for party in (TWO, PartyId("DE", "CPO")))
    world.roaming.registrations.append(replace(found(), roles=roles))
    row = await rotate_tokens(work=world.work, ports=world.ports, now=START, partner_id="prt_2")
    assert [str(role.party) for role in read_roles(row.roles)] == ["DE-TWO"]


async def test_one_that_we_registered_at_is_held_back_until_staff_say_so(world: World) -> None:
    """It has our token already, so it is suspended; it is let in with the word that allows it, and only with that."""
    roles = (PartyRole(MarketRole.CPO, PartyId("DE", "CPO"), "An operator"),)
    world.roaming.registrations.append(replace(found(), roles=roles))
    row = await register_partner(work=world.work, ports=world.ports, now=START, url="https://x", token="t", name="x")
    assert row.status == PartnerStatus.SUSPENDED
    async with world.work() as db:
        with pytest.raises(PartyTaken):
            await resume_partner(db=db, partner_id=row.id)
    async with world.work() as db:
        assert (await resume_partner(db=db, partner_id=row.id, allow_shared_party=True)).status == "connected"
    async with world.work() as db:
        await suspend_partner(db=db, partner_id=row.id)
        assert (await resume_partner(db=db, partner_id=row.id)).status == "connected"


async def test_credentials_with_too_many_roles_are_refused(world: World) -> None:
    """More than any platform has would slow down every message of the partner."""
    world = replace(world, app=_with_large_bodies(world))
    answer = await registers(world, body(*(f"{number:03x}"[-3:] for number in range(MOST_ROLES + 1))))
    assert answer.json()["status_code"] == 2001
    assert str(MOST_ROLES) in answer.json()["status_message"]
    assert await statuses(world) == [PartnerStatus.INVITED]
    assert world.roaming.calls == []


def _with_large_bodies(world: World) -> Any:
    from api.routes.ocpi import create_ocpi_app
    from api.settings import Settings

    return create_ocpi_app(Settings(), world.ports, world.work)
