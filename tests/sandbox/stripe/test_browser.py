"""What a page asks of the stand-in: a script, payment methods of simulated cards, intents by their secret alone."""

import json

import httpx
import pytest

from tests.sandbox.stripe.bench import API_KEY


async def intent(http: httpx.AsyncClient, **fields: str) -> dict[str, str]:
    """Return a new intent without a card, made with the secret key."""
    body = {"amount": "5000", "currency": "eur", "allowed_payment_method_types[0]": "card"} | fields
    made = await http.post("/v1/payment_intents", data=body, headers={"Authorization": f"Bearer {API_KEY}"})
    assert made.status_code == 200, made.text
    found: dict[str, str] = made.json()
    return found


async def tell(http: httpx.AsyncClient, path: str, body: object) -> httpx.Response:
    """Post as the script does: plain text, from another origin."""
    return await http.post(f"/_sandbox/js/{path}", content=json.dumps(body), headers={"Origin": "https://shop.example"})


@pytest.fixture
async def http(url: str) -> httpx.AsyncClient:
    """Return a browser."""
    return httpx.AsyncClient(base_url=url, trust_env=False)


async def test_the_script_is_served_to_any_page(http: httpx.AsyncClient) -> None:
    """It has the parts of the real one's interface that our pages call."""
    async with http:
        script = await http.get("/_sandbox/stripe.js")
    assert (script.headers["content-type"].split(";")[0], script.headers["access-control-allow-origin"]) == (
        "text/javascript",
        "*",
    )
    for word in ("createPaymentMethod", "handleNextAction", "confirmPayment", "elements.submit", "window.Stripe ="):
        assert word in script.text


async def test_a_card_becomes_a_payment_method_without_its_number(http: httpx.AsyncClient) -> None:
    """Known test numbers only; the answer has the last four digits and no more."""
    async with http:
        made = await tell(http, "payment_methods", {"number": "4242424242424242"})
        assert (made.status_code, made.json()["card"]["last4"]) == (200, "4242")
        assert "4242424242424242" not in made.text
        assert made.headers["access-control-allow-origin"] == "*"
        bad = await tell(http, "payment_methods", {"number": "1234"})
        assert (bad.status_code, bad.json()["error"]["code"]) == (400, "incorrect_number")
        assert (await http.post("/_sandbox/js/payment_methods", content="[1]")).status_code == 400


async def test_a_secret_opens_its_own_intent(http: httpx.AsyncClient) -> None:
    """Another secret, or none, finds nothing; a confirmed one is charged."""
    async with http:
        mine, other = await intent(http), await intent(http)
        path = f"payment_intents/{mine['id']}"
        for secret in ("", other["client_secret"]):
            assert (await http.get(f"/_sandbox/js/{path}", params={"client_secret": secret})).status_code == 404
            wrong = await tell(http, f"{path}/confirm", {"client_secret": secret, "number": "4242424242424242"})
            assert wrong.status_code == 404
        told = {"client_secret": mine["client_secret"]}
        declined = await tell(http, f"{path}/confirm", told | {"number": "4000000000000002"})
        assert (declined.status_code, declined.json()["error"]["decline_code"]) == (402, "generic_decline")
        asks = await tell(http, f"{path}/confirm", told | {"number": "4000002760003184"})
        assert asks.json()["status"] == "requires_action"
        seen = await http.get(f"/_sandbox/js/{path}", params=told)
        assert (seen.json()["status"], "client_secret" in seen.json()) == ("requires_action", False)
