"""Webhooks to apps' back ends: who is told what, retries, rotation, an endpoint that fails for days, replay."""

import asyncio
import json
from datetime import timedelta

import pytest

from api.domain.charging.state import ChargingStatus
from api.domain.notices.webhook_signature import HEADER, SignatureRefused, verify
from api.models.webhook import WebhookEndpoint
from api.ports.webhook_posts import WebhookNotTaken, WebhookUrlRefused
from api.services.deferral import Job
from api.services.webhooks.endpoints import (
    UnknownEventType,
    UnknownWebhookEndpoint,
    add_endpoint,
    enable_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
    secrets_of,
    signing_endpoint,
)
from api.services.webhooks.replay import KEPT, UnknownWebhookEvent, events_since, replay_events
from api.services.webhooks.send import EVENT_ID, send_webhook, sweep_webhooks
from tests.api.services.notices.devices import tell
from tests.bench import Bench
from tests.charges import a_charge
from tests.fakes import FakeWebhookPosts, SimulatedCrash

S = ChargingStatus
URL = "https://app.example.com/hooks"
DOWN = WebhookNotTaken("webhook_not_taken", answer="500 oops", retry_after_s=None)


def posts(bench: Bench) -> FakeWebhookPosts:
    """Return the outside world of webhooks."""
    assert isinstance(bench.ports.webhook_posts, FakeWebhookPosts)
    return bench.ports.webhook_posts


async def add(bench: Bench, *types: str) -> tuple[WebhookEndpoint, str]:
    """Add an endpoint."""
    async with bench.work() as db:
        return await add_endpoint(db=db, ports=bench.ports, now=bench.clock.now(), url=URL, event_types=types)


async def run(bench: Bench, seconds: float = 0) -> None:
    """Let time pass, sweep, and send what is due."""
    bench.clock.advance(seconds)
    await sweep_webhooks(work=bench.work, ports=bench.ports)
    await bench.run(Job.SEND_WEBHOOK)


def bodies(bench: Bench) -> list[dict[str, str]]:
    """Return what was posted."""
    return [json.loads(body) for _, body, _ in posts(bench).posted]


@pytest.mark.capability("A29")
async def test_a_charge_and_its_notices_are_told_thin_and_signed(bench: Bench) -> None:
    """Each change of status and each notice: id, type, object, moment; nothing of a driver; signed with the secret."""
    _, secret = await add(bench)
    charge = await a_charge(bench, S.CHARGING)
    await run(bench)

    told = bodies(bench)
    assert all(set(each) == {"id", "type", "object_id", "created_at"} for each in told)
    kinds = [each["type"] for each in told]
    assert kinds.count("notice.created") == 1
    assert {each["object_id"] for each in told if each["type"] == "charging_session.updated"} == {charge.id}
    assert len({each["id"] for each in told}) == len(told) >= 3
    for url, body, headers in posts(bench).posted:
        verify(headers[HEADER], [secret], now=bench.clock.now(), body=body)
        assert (url, headers[EVENT_ID]) == (URL, json.loads(body)["id"])
    assert charge.driver_id not in str(told)


async def test_without_endpoints_nothing_is_stored(bench: Bench) -> None:
    """An installation without webhooks pays nothing for them."""
    await a_charge(bench, S.CHARGING)
    assert await bench.value("SELECT count(*) FROM webhook_event") == 0


async def test_an_endpoint_is_told_only_of_what_it_wants(bench: Bench) -> None:
    """By type; the other one gets everything."""
    some, _ = await add(bench, "notice.created")
    await add(bench)
    await a_charge(bench, S.CHARGING)
    await run(bench)
    for_some = [
        json.loads(body) for _, body, headers in posts(bench).posted if headers["Chargehand-Endpoint"] == some.id
    ]
    assert {each["type"] for each in for_some} == {"notice.created"}


async def test_a_bad_address_and_an_unknown_type_are_refused(bench: Bench) -> None:
    """When it is added, and not when something happens."""
    async with bench.work() as db:
        for url, types, error in (("http://10.0.0.1/", (), WebhookUrlRefused), (URL, ("x.y",), UnknownEventType)):
            with pytest.raises(error):
                await add_endpoint(db=db, ports=bench.ports, now=bench.clock.now(), url=url, event_types=types)
        assert await list_endpoints(db=db) == []


@pytest.mark.capability("A29")
async def test_what_is_not_taken_is_tried_again_with_the_same_bytes(bench: Bench) -> None:
    """With breaks, under the same id; the signature is of the new moment, so the window holds."""
    _, secret = await add(bench)
    posts(bench).answers.extend([DOWN, WebhookNotTaken("webhook_not_taken", answer="429", retry_after_s=120)])
    await tell(bench, "wallet_low")
    await run(bench)
    await run(bench, 20)
    await run(bench, 100)
    assert bodies(bench) == []
    await run(bench, 30)
    ((_, body, headers),) = posts(bench).posted
    verify(headers[HEADER], [secret], now=bench.clock.now(), body=body)
    assert await bench.rows("SELECT outcome, attempts FROM webhook_delivery") == [("sent", 3)]
    assert await bench.value("SELECT failing_since FROM webhook_endpoint") is None


async def test_death_after_posting_repeats_the_same_event(bench: Bench) -> None:
    """At least once: who receives it knows the second by its id."""
    await add(bench)
    posts(bench).answers.append(SimulatedCrash())
    await tell(bench, "wallet_low")
    with pytest.raises(SimulatedCrash):
        await bench.run(Job.SEND_WEBHOOK)
    await run(bench, 60)
    assert bodies(bench) == []
    await run(bench, 120)
    assert len(bodies(bench)) == 1


async def test_two_workers_post_once(bench: Bench) -> None:
    """A delivery is claimed by one of them."""
    await add(bench)
    await tell(bench, "wallet_low")
    delivery = await bench.value("SELECT id FROM webhook_delivery")
    await asyncio.gather(*(send_webhook(work=bench.work, ports=bench.ports, delivery_id=delivery) for _ in range(3)))
    assert len(bodies(bench)) == 1


@pytest.mark.capability("A29")
async def test_an_endpoint_that_takes_nothing_for_days_is_disabled_and_told_to_finance(bench: Bench) -> None:
    """No more is sent to it until somebody enables it; then the finding closes and what it missed can be replayed."""
    endpoint, _ = await add(bench)
    posts(bench).answers.extend([DOWN] * 1000)
    await tell(bench, "wallet_low")
    for _ in range(80):
        await run(bench, 3600)
    assert (await bench.findings(), await bench.value("SELECT outcome FROM webhook_delivery")) == (
        {"webhook_endpoint_failing"},
        "disabled",
    )
    assert await bench.value("SELECT disabled_because FROM webhook_endpoint") == "500 oops"
    posts(bench).answers.clear()
    missed = bench.clock.now()
    await tell(bench, "wallet_topped_up")
    await run(bench)
    assert bodies(bench) == []

    async with bench.work() as db:
        await enable_endpoint(db=db, now=bench.clock.now(), endpoint_id=endpoint.id)
        count = await replay_events(
            db=db, ports=bench.ports, now=bench.clock.now(), endpoint_id=endpoint.id, since=missed
        )
    await run(bench)
    assert (count, len(bodies(bench))) == (1, 1)
    assert await bench.value("SELECT count(*) FROM mismatch WHERE resolved_at IS NULL") == 0


@pytest.mark.capability("A29")
async def test_both_secrets_sign_for_a_day_after_a_rotation(bench: Bench) -> None:
    """A back end may change over in its own time; after a day the old secret is worth nothing."""
    endpoint, old = await add(bench)
    async with bench.work() as db:
        new = await rotate_secret(db=db, ports=bench.ports, now=bench.clock.now(), endpoint_id=endpoint.id)
    for hours, holds in ((1, True), (24, False)):
        bench.clock.advance(hours * 3600)
        await tell(bench, "wallet_low")
        await run(bench)
        _, body, headers = posts(bench).posted[-1]
        verify(headers[HEADER], [new], now=bench.clock.now(), body=body)
        if holds:
            verify(headers[HEADER], [old], now=bench.clock.now(), body=body)
        else:
            with pytest.raises(SignatureRefused):
                verify(headers[HEADER], [old], now=bench.clock.now(), body=body)


async def test_secrets_are_sealed(bench: Bench) -> None:
    """The database alone signs nothing, and a secret moved to another endpoint opens nothing."""
    endpoint, secret = await add(bench)
    assert secret not in str(await bench.rows("SELECT * FROM webhook_endpoint"))
    assert secrets_of(endpoint, bench.ports.policy, bench.clock.now()) == [secret]


@pytest.mark.capability("A29")
async def test_the_replay_list_has_every_event_in_order_once(bench: Bench) -> None:
    """Page by page after the last id; the newest seconds are held back, since a late commit may come before them."""
    endpoint, _ = await add(bench)
    for _ in range(5):
        await tell(bench, "wallet_low")
        bench.clock.advance(1)

    async def page(after: str | None) -> list[str]:
        async with bench.work() as db:
            now = bench.clock.now()
            return [each.id for each in await events_since(db=db, now=now, endpoint=endpoint, after=after, limit=2)]

    assert await page(None) == []
    bench.clock.advance(10)
    first = await page(None)
    second = await page(first[-1])
    third = await page(second[-1])
    seen = [*first, *second, *third]
    assert seen == [row[0] for row in await bench.rows("SELECT id FROM webhook_event ORDER BY number")]
    assert await page(third[-1]) == []
    with pytest.raises(UnknownWebhookEvent):
        await page("wev_none")

    bench.clock.advance(KEPT / timedelta(seconds=1))
    await run(bench)
    assert await bench.value("SELECT count(*) FROM webhook_event") == 0


async def test_only_who_holds_the_secret_is_an_endpoint(bench: Bench) -> None:
    """An unknown endpoint, no signature, a foreign one: one answer."""
    endpoint, _ = await add(bench)
    async with bench.work() as db:
        for endpoint_id in (endpoint.id, "weh_none", None):
            with pytest.raises(SignatureRefused):
                await signing_endpoint(
                    db=db,
                    policy=bench.ports.policy,
                    now=bench.clock.now(),
                    endpoint_id=endpoint_id,
                    signature="t=1772442000,v1=00",
                    what=b"/v1/webhook-events",
                )


async def test_a_removed_endpoint_is_told_nothing_more(bench: Bench) -> None:
    """What was under way to it ends without an error."""
    endpoint, _ = await add(bench)
    await tell(bench, "wallet_low")
    async with bench.work() as db:
        await remove_endpoint(db=db, now=bench.clock.now(), endpoint_id=endpoint.id)
        with pytest.raises(UnknownWebhookEndpoint):
            await remove_endpoint(db=db, now=bench.clock.now(), endpoint_id=endpoint.id)
    await run(bench, 300)
    assert bodies(bench) == []
