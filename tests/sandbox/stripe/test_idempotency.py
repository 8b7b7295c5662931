"""Idempotency keys: facts of ``payments.md`` 0.8, 0.9 and 1.6."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import stripe

from tests.sandbox.stripe.bench import API_KEY, Bench

FORM = {"amount": "5000", "currency": "eur"}
INTENTS = "/v1/payment_intents"


async def count_intents(bench: Bench) -> int:
    """Return how many intents exist."""
    return len((await bench.intents.list_async({"limit": 100})).data)


async def test_same_key_gives_the_same_answer(bench: Bench) -> None:
    """The second request is answered from the store, byte for byte, and marked as a replay."""
    first = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    again = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    assert first.content == again.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"] != again.headers["request-id"]
    assert await count_intents(bench) == 1


async def test_replay_shows_the_old_state(bench: Bench) -> None:
    """A replay tells what was, not what is: after a cancel it still says ``requires_capture``."""
    intent = await bench.hold(key="k")
    await bench.intents.cancel_async(intent.id)
    assert (await bench.hold(key="k")).status == "requires_capture"


async def test_same_key_with_other_parameters_is_refused(bench: Bench) -> None:
    """Another body, or another endpoint, under the same key is an idempotency error."""
    intent = await bench.hold(key="k")
    with pytest.raises(stripe.IdempotencyError) as refused:
        await bench.hold(key="k", amount=6000)
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        await bench.intents.cancel_async(intent.id, {}, {"idempotency_key": "k"})


async def test_decline_is_kept(bench: Bench) -> None:
    """A 402 is replayed: trying the same key again never charges the card again."""
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            await bench.hold("pm_card_chargeDeclined", key="k")
    assert len((await bench.sdk.v1.charges.list_async({})).data) == 1


async def test_refusal_after_work_began_is_kept(bench: Bench) -> None:
    """A capture refused for the intent's state is replayed as the same 400."""
    intent = await bench.hold()
    await bench.intents.cancel_async(intent.id)
    path = f"{INTENTS}/{intent.id}/capture"
    first = await bench.http.post(path, headers={"Idempotency-Key": "k"})
    again = await bench.http.post(path, headers={"Idempotency-Key": "k"})
    assert (first.status_code, first.content) == (400, again.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_internal_error_is_kept(bench: Bench) -> None:
    """A 500 is replayed for ever: the key can never succeed, a new key can."""
    await bench.steer("faults", kind="error_500", path=INTENTS)
    for replayed in (None, "true"):
        answer = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (500, replayed)
    assert await count_intents(bench) == 0
    assert (await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k2"})).status_code == 200


async def test_refused_parameters_are_not_kept(bench: Bench) -> None:
    """After a validation 400 the corrected request may use the same key."""
    wrong = await bench.http.post(INTENTS, data={**FORM, "amount": "50.00"}, headers={"Idempotency-Key": "k"})
    right = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    assert (wrong.status_code, right.status_code) == (400, 200)


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("in_flight", 409)])
async def test_throttled_requests_are_not_kept(bench: Bench, kind: str, status: int) -> None:
    """429 and 409 did nothing and leave the key free."""
    await bench.steer("faults", kind=kind, path=INTENTS)
    first = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    again = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    assert (first.status_code, again.status_code) == (status, 200)
    assert "idempotent-replayed" not in again.headers


async def test_wrong_api_key_is_not_kept(bench: Bench) -> None:
    """401 leaves the key free."""
    headers = {"Idempotency-Key": "k", "Authorization": "Bearer sk_test_other"}
    assert (await bench.http.post(INTENTS, data=FORM, headers=headers)).status_code == 401
    assert (await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})).status_code == 200


async def test_key_in_flight_conflicts(bench: Bench) -> None:
    """While the first request runs, the same key answers 409; afterwards it replays."""
    await bench.steer("faults", kind="slow", path=INTENTS, seconds=0.5)
    slow = asyncio.create_task(bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"}))
    await asyncio.sleep(0.2)
    meanwhile = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    assert meanwhile.status_code == 409
    assert meanwhile.json()["error"]["code"] == "idempotency_key_in_use"
    assert (await slow).status_code == 200
    after = await bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"})
    assert after.headers["idempotent-replayed"] == "true"


async def test_fifty_equal_taps_make_one_hold(bench: Bench) -> None:
    """However many requests carry one key, one intent exists."""
    answers = await asyncio.gather(
        *(bench.http.post(INTENTS, data=FORM, headers={"Idempotency-Key": "k"}) for _ in range(50))
    )
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count_intents(bench) == 1


async def test_keys_are_forgotten_after_a_day(bench: Bench) -> None:
    """Within 24 virtual hours a key replays; later the same request is a new operation."""
    await bench.hold(key="k")
    await bench.advance(86_399)
    await bench.hold(key="k")
    assert await count_intents(bench) == 1
    await bench.advance(2)
    await bench.hold(key="k")
    assert await count_intents(bench) == 2


@pytest.fixture
async def retrying(url: str) -> AsyncIterator[stripe.StripeClient]:
    """Yield an SDK client that retries twice by itself, as the product's does."""
    transport = stripe.HTTPXClient(timeout=10)
    yield stripe.StripeClient(API_KEY, base_addresses={"api": url}, http_client=transport, max_network_retries=2)
    await transport.close_async()  # type: ignore[no-untyped-call] # the SDK left this method untyped


async def test_sdk_retry_after_a_lost_answer_finds_the_work_done(bench: Bench, retrying: stripe.StripeClient) -> None:
    """The SDK sends a lost request again with the same key and gets the stored answer: one intent."""
    await bench.steer("faults", kind="drop_answer", path=INTENTS)
    intent = await retrying.v1.payment_intents.create_async({"amount": 5000, "currency": "eur"})
    assert intent.last_response is not None
    assert intent.last_response.headers["idempotent-replayed"] == "true"
    assert await count_intents(bench) == 1


async def test_sdk_does_not_retry_by_default(bench: Bench) -> None:
    """One 500 is one request and an ``APIError``."""
    await bench.steer("faults", kind="error_500", path=INTENTS)
    with pytest.raises(stripe.APIError):
        await bench.hold()
    told = (await bench.http.get("/_sandbox/requests")).json()["requests"]
    assert [entry["status"] for entry in told if entry["path"] == INTENTS] == [500]
