"""The receiver of command results."""

import httpx
import pytest

from api.models.roaming import CommandRow
from api.services.roaming.commands import START, STOP, URL_WORDS, plan_command
from api.services.roaming.queries import commands_of_charge
from tests.api.routes.ocpi.conftest import E, World
from tests.api.services.roaming.builders import a_charge, a_partner, partner_of
from tests.fakes import START as NOW

ROOT = "http://chargehand.test/ocpi"


async def planned(world: World, kind: str) -> str:
    """Plan a command for a charge at the connected partner; return the path for its result."""
    async with world.work() as db:
        charge = await a_charge(db, await partner_of(db), status="starting")
        _, url = await plan_command(db=db, ports=world.ports, now=NOW, kind=kind, charge=charge)
    assert url.startswith(ROOT)
    return url.removeprefix(ROOT)


async def results(world: World) -> list[CommandRow]:
    """Return the commands of the charge."""
    async with world.work() as db:
        return await commands_of_charge(db, "chs_1")


@pytest.mark.parametrize(("kind", "word"), [(START, "START_SESSION"), (STOP, "STOP_SESSION")])
def test_each_kind_has_its_word(kind: str, word: str) -> None:
    """The address says which command is answered, in the specification's word."""
    assert URL_WORDS[kind] == word


async def test_a_result_of_another_partner_is_refused(world: World) -> None:
    """Knowing the address is not enough: the token must be that of the partner the command went to (X5)."""
    path = await planned(world, START)
    async with world.work() as db:
        await a_partner(db, partner_id="prt_2", token="other")
    async with world.client("other") as other:
        answer = await other.post(path, json={"result": "ACCEPTED"})
    assert answer.status_code == 404
    assert [row.result for row in await results(world)] == [None]


async def test_a_guessed_address_is_unknown(world: World, client: httpx.AsyncClient) -> None:
    """A wrong secret, or a command we never send, is 404; nothing is stored."""
    path = await planned(world, START)
    for wrong in (
        path[:-1] + ("A" if path[-1] != "A" else "B"),
        f"{E}/commands/REBOOT_CHARGER/{path.rsplit('/')[-1]}",
    ):
        assert (await client.post(wrong, json={"result": "ACCEPTED"})).status_code == 404
    assert [row.result for row in await results(world)] == [None]


@pytest.mark.parametrize("body", [{}, {"result": None}, []])
async def test_a_result_that_cannot_be_read_is_2001(world: World, client: httpx.AsyncClient, body: object) -> None:
    """A result without its word is refused and stored nowhere."""
    path = await planned(world, START)
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert [row.result for row in await results(world)] == [None]


async def test_the_address_gives_away_no_id_and_is_not_stored(world: World) -> None:
    """The secret is neither the command's id nor found in the database."""
    path = await planned(world, START)
    secret = path.rsplit("/", 1)[-1]
    assert len(secret) >= 43
    (row,) = await results(world)
    assert row.id not in path
    assert secret not in str(row.model_dump())
