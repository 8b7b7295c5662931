"""Versions and endpoints."""

import pytest

from clients.ocpi.dialect import SUPPORTED
from tests.api.routes.ocpi.conftest import World


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
async def test_versions_lead_to_endpoints_that_exist(world: World, version: str) -> None:
    """Following our own listing, every endpoint is known to the router, and each side of a module is as an eMSP's."""
    async with world.client() as client:
        listed = (await client.get("/versions")).json()["data"]
        assert listed == [
            {"version": version, "url": f"http://chargehand.test/ocpi/{version}"} for version in SUPPORTED
        ]
        details = (await client.get(f"/{version}")).json()["data"]
        assert details["version"] == version
        sides = {each["identifier"]: each["role"] for each in details["endpoints"]}
        assert sides == {
            "credentials": "SENDER",
            "locations": "RECEIVER",
            "tariffs": "RECEIVER",
            "sessions": "RECEIVER",
            "cdrs": "RECEIVER",
            "tokens": "SENDER",
            "commands": "SENDER",
        }
        below = {
            "locations": "/DE/CPO/X",
            "tariffs": "/DE/CPO/X",
            "sessions": "/DE/CPO/X",
            "commands": "/STOP_SESSION/x",
        }
        for each in details["endpoints"]:
            path = each["url"].removeprefix("http://chargehand.test/ocpi") + below.get(each["identifier"], "")
            answer = await client.request("TRACE", path)
            assert answer.status_code == 405, path
