"""The shape of answers: no invented field names, all kinds of lists, expansion, search, headers."""

import inspect
from typing import Any

import pytest
import stripe

from tests.sandbox.stripe.bench import Bench

RESOURCES: dict[str, type[Any]] = {
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "setup_intent": stripe.SetupIntent,
    "event": stripe.Event,
    "balance_transaction": stripe.BalanceTransaction,
    "dispute": stripe.Dispute,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "payout": stripe.Payout,
    "review": stripe.Review,
    "radar.early_fraud_warning": stripe.radar.EarlyFraudWarning,
}


def invented_names(cls: type[Any], told: dict[str, Any], path: str) -> list[str]:
    """Return the paths of fields in ``told`` that the SDK's class does not know, nested objects included."""
    known = inspect.get_annotations(cls)
    found = [f"{path}.{name}" for name in told if name not in known]
    for name, value in told.items():
        inner = getattr(cls, "".join(part.capitalize() for part in name.split("_")), None)
        kind = value.get("object") if isinstance(value, dict) else None
        if isinstance(value, dict) and isinstance(kind, str) and kind in RESOURCES:
            found += invented_names(RESOURCES[kind], value, f"{path}.{name}")
        elif isinstance(value, dict) and inspect.isclass(inner):
            found += invented_names(inner, value, f"{path}.{name}")
    return found


async def fetched(bench: Bench, path: str, **query: str) -> dict[str, Any]:
    """Return an answer as it is on the wire."""
    answer = await bench.http.get(f"/v1/{path}", params=query)
    answer.raise_for_status()
    told: dict[str, Any] = answer.json()
    return told


async def test_no_answer_has_a_field_the_sdk_does_not_know(bench: Bench) -> None:
    """Every object of every kind, in its various states, has only fields of the SDK's resource classes."""
    customer, method = await bench.customer("pm_card_createDispute")
    disputed = await bench.hold(method, customer=customer)
    await bench.intents.capture_async(disputed.id)
    await bench.hold("pm_card_authenticationRequired", use_stripe_sdk=True)
    with pytest.raises(stripe.CardError):
        await bench.hold("pm_card_chargeDeclined")
    refunded = await bench.hold("pm_card_refundFail", capture_method="automatic")
    await bench.sdk.v1.refunds.create_async({"payment_intent": refunded.id})
    await bench.sdk.v1.setup_intents.create_async({"payment_method": "pm_card_visa", "confirm": True})
    await bench.sdk.v1.webhook_endpoints.create_async(
        {"url": "http://127.0.0.1:9/", "enabled_events": ["review.closed"]}
    )
    await bench.hold("pm_card_createDisputeInquiry", capture_method="automatic")
    warned = await bench.hold("pm_card_createIssuerFraudRecord", capture_method="automatic")
    await bench.steer(f"dashboard/charges/{warned.latest_charge.id}/review")
    await bench.hold("pm_sandbox_googlePay", capture_method="automatic")
    await bench.advance(100)
    await bench.advance(9 * 86_400)
    seen: set[str] = set()
    for kind, cls in RESOURCES.items():
        query = {"customer": customer} if kind == "payment_method" else {}
        for told in (await fetched(bench, f"{kind.replace('.', '/')}s", limit="100", **query))["data"]:
            seen.add(kind)
            assert told["object"] == kind
            assert invented_names(cls, told, kind) == []
    assert seen == set(RESOURCES)


def test_invented_names_are_noticed() -> None:
    """The check above does see a wrong name, also inside."""
    told = {"id": "ch_1", "surprise": 1, "payment_method_details": {"card": {"capture_befor": 1}}}
    assert invented_names(stripe.Charge, told, "charge") == [
        "charge.surprise",
        "charge.payment_method_details.card.capture_befor",
    ]


async def test_answers_that_are_no_lists(bench: Bench) -> None:
    """The balance, a customer session and an ephemeral key have only fields of the SDK's classes too."""
    customer, _ = await bench.customer()
    await bench.hold(capture_method="automatic")
    assert invented_names(stripe.Balance, await fetched(bench, "balance"), "balance") == []
    element = {"customer": customer, "components[mobile_payment_element][enabled]": "true"}
    session = (await bench.http.post("/v1/customer_sessions", data=element)).json()
    assert session["components"]["mobile_payment_element"]["enabled"] is True
    assert session["client_secret"].startswith("cuss_secret_")
    assert invented_names(stripe.CustomerSession, session, "session") == []
    key = (await bench.http.post("/v1/ephemeral_keys", data={"customer": customer})).json()
    assert key["secret"].startswith("ek_test_")
    assert invented_names(stripe.EphemeralKey, key, "key") == []
    assert (await bench.http.delete(f"/v1/ephemeral_keys/{key['id']}")).status_code == 200
    assert (await bench.http.delete(f"/v1/ephemeral_keys/{key['id']}")).status_code == 404


@pytest.mark.parametrize(
    "told", [{}, {"components[payment_element][enabled]": "false"}, {"components[customer_portal][enabled]": "true"}]
)
async def test_a_session_for_nothing_is_refused(bench: Bench, told: dict[str, str]) -> None:
    """At least one component must be enabled, and one that the sandbox does not act on is refused aloud."""
    customer, _ = await bench.customer()
    answer = await bench.http.post("/v1/customer_sessions", data={"customer": customer, **told})
    assert answer.status_code == 400


async def test_required_fields_are_there(bench: Bench) -> None:
    """Fields the SDK declares as always present are present, on intent, charge and refund."""
    intent = await bench.hold(capture_method="automatic")
    refund = await bench.sdk.v1.refunds.create_async({"payment_intent": intent.id})
    paths = {
        stripe.PaymentIntent: f"payment_intents/{intent.id}",
        stripe.Charge: f"charges/{intent.latest_charge.id}",
        stripe.Refund: f"refunds/{refund.id}",
    }
    for cls, path in paths.items():
        told = await fetched(bench, path)
        for name, hint in inspect.get_annotations(cls).items():
            optional = any(word in str(hint) for word in ("Optional", "None", "ClassVar"))
            assert optional or name in told, f"{cls.__name__}.{name}"


async def test_lists_are_newest_first_and_page(bench: Bench) -> None:
    """Paging with both cursors walks all objects once, newest first; the SDK's own iterator agrees."""
    made = [(await bench.hold(confirm=False, amount=1000 + n)).id for n in range(7)]
    first = await bench.intents.list_async({"limit": 3})
    assert ([intent.id for intent in first.data], first.has_more) == (made[:3:-1], True)
    second = await bench.intents.list_async({"limit": 3, "starting_after": first.data[-1].id})
    back = await bench.intents.list_async({"limit": 3, "ending_before": second.data[0].id})
    assert [intent.id for intent in back.data] == made[:3:-1]
    assert [intent.id async for intent in first.auto_paging_iter()] == made[::-1]


async def test_lists_filter(bench: Bench) -> None:
    """Intents are found by customer and by creation time."""
    customer, method = await bench.customer()
    mine = await bench.hold(method, customer=customer)
    await bench.advance(10)
    later = await bench.hold()
    by_customer = await bench.intents.list_async({"customer": customer})
    by_time = await bench.intents.list_async({"created": {"gt": mine.created}})
    assert [intent.id for intent in by_customer.data] == [mine.id]
    assert [intent.id for intent in by_time.data] == [later.id]


async def test_events_filter(bench: Bench) -> None:
    """Events are found by type, by family and by several types; one is retrieved by id."""
    await bench.hold()
    events = bench.sdk.v1.events
    (charge,) = (await events.list_async({"type": "charge.succeeded"})).data
    assert (await events.retrieve_async(charge.id)).type == "charge.succeeded"
    assert len((await events.list_async({"type": "payment_intent.*"})).data) == 2
    assert len((await events.list_async({"types": ["charge.succeeded", "payment_intent.created"]})).data) == 2


async def test_events_are_kept_thirty_days(bench: Bench) -> None:
    """Older events are gone from the list."""
    await bench.hold()
    await bench.advance(30 * 86_400 + 1)
    kinds = [event.type for event in (await bench.sdk.v1.events.list_async({"limit": 100})).data]
    assert kinds == ["payment_intent.canceled", "charge.expired"]


async def test_events_hold_snapshots(bench: Bench) -> None:
    """An event shows the object as it was, not as it became."""
    intent = await bench.hold()
    await bench.intents.cancel_async(intent.id)
    (event,) = (await bench.sdk.v1.events.list_async({"type": "payment_intent.amount_capturable_updated"})).data
    assert event.data.object["status"] == "requires_capture"


async def test_expansion(bench: Bench) -> None:
    """Ids become objects on request, also in lists and two levels deep; other fields are refused."""
    customer, method = await bench.customer()
    intent = await bench.hold(
        method, customer=customer, capture_method="automatic", expand=["customer", "payment_method"]
    )
    assert (intent.customer.id, intent.payment_method.card.last4) == (customer, "4242")
    page = await bench.intents.list_async({"expand": ["data.latest_charge.balance_transaction"]})
    assert page.data[0].latest_charge.balance_transaction.amount == 5000
    booked = await bench.sdk.v1.balance_transactions.list_async({"expand": ["data.source"]})
    assert booked.data[0].source.object == "charge"  # type: ignore[union-attr] # expanded just now


@pytest.mark.parametrize("path", ["amount", "charge", "data.customer", "latest_charge.amount"])
async def test_impossible_expansion_does_nothing(bench: Bench, path: str) -> None:
    """A field that names no object is refused before the work: no intent is left behind."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.hold(expand=[path])
    assert refused.value.param == "expand"
    assert (await bench.intents.list_async({})).data == []


async def test_search_finds_metadata_after_its_lag(bench: Bench) -> None:
    """A search finds an intent by metadata, but not one written this minute."""
    wanted = await bench.hold(metadata={"hold_id": "hld_1"})
    await bench.hold(metadata={"hold_id": "hld_2"})
    query = {"query": "metadata['hold_id']:'hld_1' AND status:'requires_capture'"}
    assert (await bench.intents.search_async(query)).data == []
    await bench.advance(61)
    assert [intent.id for intent in (await bench.intents.search_async(query)).data] == [wanted.id]
    rest = await bench.intents.search_async({"query": "-metadata['hold_id']:'hld_1' AND amount>=5000"})
    assert [intent.metadata["hold_id"] for intent in rest.data] == ["hld_2"]


async def test_search_refuses_what_it_does_not_understand(bench: Bench) -> None:
    """A query outside the understood form is not silently empty."""
    with pytest.raises(stripe.InvalidRequestError):
        await bench.intents.search_async({"query": "hold_id is hld_1"})


async def test_every_answer_names_its_request(bench: Bench) -> None:
    """Success and failure carry a request id of their own."""
    good, bad = await bench.http.get("/v1/customers"), await bench.http.get("/v1/nowhere")
    assert (good.status_code, bad.status_code) == (200, 404)
    assert good.headers["request-id"] != bad.headers["request-id"]


async def test_wrong_key_and_wrong_version_are_refused(bench: Bench) -> None:
    """Only our key opens the door, and only the SDK's API version is spoken."""
    wrong = await bench.http.get("/v1/customers", headers={"Authorization": "Bearer sk_live_x"})
    stale = await bench.http.get("/v1/customers", headers={"Stripe-Version": "2024-06-20"})
    assert (wrong.status_code, stale.status_code) == (401, 400)


async def test_parameter_the_sandbox_ignores_is_refused(bench: Bench) -> None:
    """A parameter Stripe knows but the stand-in does not act on is refused, never ignored."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await bench.hold(application_fee_amount=10)
    assert refused.value.code == "sandbox_unsupported_parameter"


async def test_requests_are_shown_to_tests(bench: Bench) -> None:
    """The log shows method, path, typed parameters, key, status and replays of each API request."""
    await bench.hold(key="k")
    await bench.hold(key="k")
    told = (await bench.http.get("/_sandbox/requests")).json()["requests"]
    assert [(entry["method"], entry["path"], entry["status"], entry["replayed"]) for entry in told] == [
        ("POST", "/v1/payment_intents", 200, False),
        ("POST", "/v1/payment_intents", 200, True),
    ]
    assert (told[0]["params"]["amount"], told[0]["idempotency_key"]) == (5000, "k")


async def test_reset_forgets_everything(bench: Bench) -> None:
    """After a reset nothing is left: objects, keys, faults."""
    await bench.hold(key="k")
    await bench.steer("faults", kind="rate_limited", path="/v1/payment_intents")
    await bench.steer("reset")
    assert (await bench.http.get("/_sandbox/totals")).json() == {}
    assert (await bench.hold(key="k")).status == "requires_capture"
    assert len((await bench.intents.list_async({})).data) == 1
