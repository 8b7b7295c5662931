"""Only fresh, intact events of our own account and mode, signed with one of our secrets, get in."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from api.ports.payments import ForgedEvent, ProcessorEvent
from clients.stripe.webhooks import MAX_EVENT_BYTES, read_event

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SECRET = "whsec_current"
OLD_SECRET = "whsec_previous"


def an_event(**changes: Any) -> dict[str, Any]:
    """Return a snapshot event about a PaymentIntent, with single fields changed."""
    event: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(NOW.timestamp()) - 2,
        "livemode": False,
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}},
    }
    return {**event, **changes}


def signed(event: Any, *, secret: str = SECRET, at: datetime = NOW) -> tuple[bytes, str]:
    """Return body and signature header, made by the SDK's own signer."""
    body = json.dumps(event)
    return body.encode(), stripe.WebhookSignature.generate_signature_header(body, secret, int(at.timestamp()))


def read(payload: bytes, signature: str, *, livemode: bool = False) -> ProcessorEvent:
    """Read with both secrets in force, at ``NOW``."""
    return read_event(payload, signature, secrets=(SECRET, OLD_SECRET), livemode=livemode, now=NOW)


def reason_of(payload: bytes, signature: str, *, livemode: bool = False) -> object:
    """Return why the event was refused."""
    with pytest.raises(ForgedEvent) as caught:
        read(payload, signature, livemode=livemode)
    return caught.value.facts["reason"]


def test_a_signed_event_is_read() -> None:
    """A good event names its id, type, time, object and PaymentIntent, and says nothing about money."""
    assert read(*signed(an_event())) == ProcessorEvent(
        event_id="evt_1",
        type="payment_intent.succeeded",
        occurred_at=NOW - timedelta(seconds=2),
        payment_intent_id="pi_1",
        livemode=False,
        object_kind="payment_intent",
        object_id="pi_1",
    )


@pytest.mark.parametrize(
    ("subject", "kind", "object_id", "intent_id"),
    [
        ({"id": "re_1", "object": "refund", "payment_intent": "pi_1"}, "refund", "re_1", "pi_1"),
        ({"id": "ch_1", "object": "charge", "payment_intent": {"id": "pi_2"}}, "charge", "ch_1", "pi_2"),
        ({"id": "du_1", "object": "dispute", "payment_intent": "pi_1"}, "dispute", "du_1", "pi_1"),
        ({"id": "po_1", "object": "payout"}, "payout", "po_1", None),
        ({"id": "seti_1", "object": "setup_intent"}, "setup_intent", "seti_1", None),
        ({"id": "pm_1", "object": "payment_method"}, "payment_method", "pm_1", None),
        ({"id": "prv_1", "object": "review", "payment_intent": "pi_1"}, "review", "prv_1", "pi_1"),
        (
            {"id": "issfr_1", "object": "radar.early_fraud_warning", "payment_intent": None},
            "radar.early_fraud_warning",
            "issfr_1",
            None,
        ),
        ({"object": "balance"}, "balance", None, None),
    ],
)
def test_an_event_names_its_object(
    subject: dict[str, Any], kind: str, object_id: str | None, intent_id: str | None
) -> None:
    """Whatever it is about, the event tells the object's kind and id, and the payment it belongs to if any."""
    event = read(*signed(an_event(data={"object": subject})))
    assert (event.object_kind, event.object_id, event.payment_intent_id) == (kind, object_id, intent_id)


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_each_secret_of_a_roll_is_accepted(secret: str) -> None:
    """While a secret is rolled, events signed with either are ours."""
    assert read(*signed(an_event(), secret=secret)).event_id == "evt_1"


def test_one_good_signature_among_several_is_enough() -> None:
    """Stripe signs with both secrets during a roll and sends both signatures in one header."""
    payload, good = signed(an_event())
    timestamp, signature = good.split(",")
    assert read(payload, f"{timestamp},v1={'0' * 64},{signature}").event_id == "evt_1"


def test_a_foreign_secret_is_refused() -> None:
    """Nobody without our secret can speak as Stripe."""
    assert reason_of(*signed(an_event(), secret="whsec_attacker")) == "signature"


def test_a_changed_body_is_refused() -> None:
    """One changed byte breaks the signature."""
    payload, signature = signed(an_event())
    assert reason_of(payload.replace(b"pi_1", b"pi_2"), signature) == "signature"


def test_a_changed_time_is_refused() -> None:
    """The time is part of what is signed: an old capture cannot be made fresh."""
    payload, signature = signed(an_event(), at=NOW - timedelta(days=1))
    fresh = signature.replace(str(int((NOW - timedelta(days=1)).timestamp())), str(int(NOW.timestamp())))
    assert reason_of(payload, fresh) == "signature"


@pytest.mark.parametrize("seconds", [-300, 300])
def test_the_time_may_be_off_by_five_minutes(seconds: int) -> None:
    """Clocks differ and deliveries take time: five minutes either way are allowed."""
    assert read(*signed(an_event(), at=NOW + timedelta(seconds=seconds))).event_id == "evt_1"


@pytest.mark.parametrize("seconds", [-301, 301, 10_000])
def test_stale_and_future_events_are_refused(seconds: int) -> None:
    """A replayed event is refused, and so is one signed ahead of time, which the SDK alone would accept."""
    assert reason_of(*signed(an_event(), at=NOW + timedelta(seconds=seconds))) == "age"


def test_two_times_in_the_header_are_refused() -> None:
    """With two times it would be open which one was signed."""
    payload, signature = signed(an_event(), at=NOW - timedelta(days=1))
    assert reason_of(payload, f"{signature},t={int(NOW.timestamp())}") == "signature"


@pytest.mark.parametrize("header", ["", "t=", "v1=abc", "t=now,v1=abc", "nonsense", "t=1,v1=é", f"t={'9' * 40},v1=a"])
def test_broken_headers_are_refused(header: str) -> None:
    """Whatever stands in the header, the answer is a refusal and never a crash."""
    payload, _ = signed(an_event())
    assert reason_of(payload, header) == "signature"


def test_a_signed_but_absurd_time_is_refused() -> None:
    """A time beyond the calendar is an age problem, not a crash."""
    body = json.dumps(an_event())
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, 999_999_999_999)
    assert reason_of(body.encode(), header) == "age"


def test_no_secret_lets_nothing_in() -> None:
    """An installation without secrets, or with an empty one, trusts no event at all."""
    payload, signature = signed(an_event(), secret="")
    for secrets in ((), ("",), (" ",)):
        with pytest.raises(ForgedEvent):
            read_event(payload, signature, secrets=secrets, livemode=False, now=NOW)


def test_the_mode_must_match() -> None:
    """A test event never reaches a live installation, nor the other way round."""
    assert reason_of(*signed(an_event()), livemode=True) == "livemode"
    assert reason_of(*signed(an_event(livemode=True))) == "livemode"
    assert read(*signed(an_event(livemode=True)), livemode=True).livemode


def test_an_event_of_another_account_is_refused() -> None:
    """Only a connected account's events name an account; we have none."""
    assert reason_of(*signed(an_event(account="acct_somebody"))) == "account"


def test_a_huge_body_is_refused_unread() -> None:
    """A body beyond the limit is refused even when it is signed."""
    assert reason_of(*signed(an_event(padding="x" * MAX_EVENT_BYTES))) == "too_large"


@pytest.mark.parametrize(
    "content",
    [
        [],
        None,
        "event",
        {},
        an_event(object="v2.core.event"),
        an_event(id=7),
        an_event(created="soon"),
        an_event(created=10**18),
        an_event(data={}),
        an_event(data={"object": {"object": "payment_intent"}}),
        an_event(data={"object": {"object": "charge", "payment_intent": 7}}),
        an_event(data={"object": []}),
    ],
)
def test_signed_nonsense_is_refused(content: object) -> None:
    """A signature does not make an event of something else; thin events are not read either."""
    assert reason_of(*signed(content)) == "unreadable"


def test_a_body_that_is_no_text_is_refused() -> None:
    """Bytes that are not UTF-8 cannot have been signed by Stripe."""
    assert reason_of(b"\xff\xfe", signed(an_event())[1]) == "signature"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_9"}, "pi_9"),
        ({"object": "refund", "id": "re_1", "payment_intent": {"id": "pi_9", "object": "payment_intent"}}, "pi_9"),
        ({"object": "charge", "id": "ch_1", "payment_intent": None}, None),
        ({"object": "payout", "id": "po_1"}, None),
    ],
)
def test_the_intent_behind_other_objects_is_found(subject: dict[str, Any], expected: str | None) -> None:
    """Charges, refunds and disputes lead to their PaymentIntent; a payout has none."""
    assert read(*signed(an_event(data={"object": subject}))).payment_intent_id == expected
