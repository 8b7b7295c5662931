"""Credentials whose look at the peer takes longer than the token that they came with lives."""

import pytest

from api.domain.roaming.partner import Registration
from api.services.roaming.register import TOKEN_OVERLAP
from tests.api.routes.ocpi.conftest import World
from tests.api.routes.ocpi.payloads import credentials_body
from tests.api.routes.ocpi.test_credentials import URL, found


async def test_a_token_that_dies_while_its_rotation_is_looked_at_gets_no_new_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who came with a token of before, slowly, has not taken the connection over when it is not good any more."""
    world.roaming.registrations.extend([found(), found()])
    async with world.client() as client:
        fresh = (await client.put(URL, json=credentials_body())).json()["data"]["token"]
        complete = world.roaming.complete_registration

        async def slowly(*arguments: str, version: str) -> Registration:
            world.clock.advance(TOKEN_OVERLAP.total_seconds() + 1)
            return await complete(*arguments, version=version)

        monkeypatch.setattr(world.roaming, "complete_registration", slowly)
        answer = await client.put(URL, json=credentials_body())
        assert "data" not in answer.json()
        assert (await client.get("/versions")).status_code == 401
    async with world.client(fresh) as client:
        assert (await client.get("/versions")).status_code == 200
