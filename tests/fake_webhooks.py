"""The webhooks of ``FakePayments``: signed and read by the same secret, as the processor and we would."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from api.ports.payments import ForgedEvent, ProcessorEvent
from tests.fake_answers import PaymentsCall

EVENT_TOLERANCE = timedelta(seconds=300)
_WEBHOOK_SECRET = b"fake-webhook-secret"


class FakeWebhooks:
    """Signs events and reads them."""

    @property
    def calls(self) -> list[PaymentsCall]:
        """Every call so far, in order."""
        raise NotImplementedError

    def signed_event(
        self,
        type_: str,
        payment_intent_id: str | None,
        *,
        at: datetime,
        object_kind: str = "payment_intent",
        object_id: str | None = None,
    ) -> tuple[bytes, str]:
        """Return body and signature of a webhook, as ``read_event`` accepts them around ``at``.

        It is about the hold, or about the object named, which may belong to the hold.
        """
        subject_id = object_id or (payment_intent_id if object_kind == "payment_intent" else None)
        event = {
            "id": f"evt_{len(self.calls)}_{type_}_{subject_id}",
            "type": type_,
            "at": at.isoformat(),
            "intent": payment_intent_id,
            "kind": object_kind,
            "object": subject_id,
        }
        payload = json.dumps(event).encode()
        return payload, _sign(payload)

    def read_event(self, payload: bytes, signature: str, *, now: datetime) -> ProcessorEvent:
        """Accept what ``signed_event`` signed, within five minutes either way."""
        if not hmac.compare_digest(_sign(payload).encode(), signature.encode()):
            raise ForgedEvent("event_forged", reason="signature")
        event = json.loads(payload)
        at = datetime.fromisoformat(event["at"]).astimezone(UTC)
        if abs(now - at) > EVENT_TOLERANCE:
            raise ForgedEvent("event_forged", reason="age")
        return ProcessorEvent(
            event["id"],
            event["type"],
            at,
            event["intent"],
            livemode=False,
            object_kind=event["kind"],
            object_id=event["object"],
        )


def _sign(payload: bytes) -> str:
    return hmac.new(_WEBHOOK_SECRET, payload, hashlib.sha256).hexdigest()
