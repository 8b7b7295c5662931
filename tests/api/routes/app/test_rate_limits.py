"""Limits are told before they are reached, and when they are (A15)."""

import pytest

from api.services.drivers.attempts import MAILS_FOR_ONE_CALLER, MAILS_TO_ONE_ADDRESS, OF_ONE_CALLER_AT_ONE_ADDRESS
from tests.api.routes.app.conftest import PASSWORD, App, Someone
from tests.api.routes.app.test_problems import checked

pytestmark = pytest.mark.capability("A15")
HOUR, QUARTER = 3600, 900


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
async def test_wrong_passwords_count_down(app: App, ada: Someone, email: str) -> None:
    """Each 401 tells how many tries are left, known address or not; the 429 tells none and when to come back."""
    wrong = {"email": email, "password": "guess"}
    for made in range(1, OF_ONE_CALLER_AT_ONE_ADDRESS + 1):
        refused = await ada.http.post("/v1/sign-in", json=wrong)
        checked(refused, 401, "sign-in-refused")
        assert refused.headers["ratelimit-policy"] == f'"attempts";q=10;w={QUARTER}'
        assert refused.headers["ratelimit"] == f'"attempts";r={OF_ONE_CALLER_AT_ONE_ADDRESS - made};t={QUARTER}'
    app.clock.advance(100)
    ended = await ada.http.post("/v1/sign-in", json=wrong)
    checked(ended, 429, "too-many-attempts")
    assert ended.headers["retry-after"] == str(QUARTER - 100)
    assert ended.headers["ratelimit-policy"] == f'"attempts";q=10;w={QUARTER}'
    assert ended.headers["ratelimit"] == f'"attempts";r=0;t={QUARTER - 100}'


async def test_mails_count_down(app: App) -> None:
    """Told is what this caller has left, not what an address got; the 429 names the limit that was reached."""
    async with app.http as anyone:
        for made in range(1, MAILS_TO_ONE_ADDRESS + 1):
            answer = await anyone.post("/v1/activation-mails", json={"email": "new@example.com"})
            assert answer.status_code == 202
            assert answer.headers["ratelimit-policy"] == f'"attempts";q={MAILS_FOR_ONE_CALLER};w={HOUR}'
            assert answer.headers["ratelimit"] == f'"attempts";r={MAILS_FOR_ONE_CALLER - made};t={HOUR}'
        refused = await anyone.post("/v1/activation-mails", json={"email": "new@example.com"})
    checked(refused, 429, "too-many-attempts")
    assert refused.headers["ratelimit-policy"] == f'"attempts";q={MAILS_TO_ONE_ADDRESS};w={HOUR}'
    assert (refused.headers["retry-after"], refused.headers["ratelimit"]) == (str(HOUR), f'"attempts";r=0;t={HOUR}')


async def test_nothing_is_told_where_nothing_is_counted(ada: Someone) -> None:
    """A right password takes its attempt back, and reading has no limit."""
    right = await ada.http.post("/v1/sign-in", json={"email": "ada@example.com", "password": PASSWORD})
    read = await ada.http.get("/v1/me")
    for answer in (right, read):
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers
        assert "ratelimit-policy" not in answer.headers
