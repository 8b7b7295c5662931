"""The hold passport on the wire, field by field from the service's value."""

from typing import Any

from pydantic import Field

from api.domain.finance.release_texts import advice_text
from api.routes.app.charging_shapes import ChargeOperator
from api.routes.app.shapes import Amount, Moment, Shape, example
from api.services.charging.hold_passport import HoldCapabilities, HoldPassport, HoldStep

_EURO = {"amount_minor": 5000, "currency": "EUR"}
_NOTHING = {"amount_minor": 0, "currency": "EUR"}
PASSPORT_EXAMPLE = {
    "hold_id": "hld_31c0",
    "charging_session_id": "chs_0a1b",
    "status": "released",
    "amount": _EURO,
    "authorized": _EURO,
    "captured": _NOTHING,
    "released": _EURO,
    "card_brand": "visa",
    "card_last4": "4242",
    "payment_reference": "pi_3Q",
    "consent": {"amount": _EURO, "at": "2026-03-02T08:59:30Z", "text_version": "hold-consent-1", "extensions": []},
    "steps": [
        {
            "at": "2026-03-02T08:59:31Z",
            "what": "place_succeeded",
            "amount": _EURO,
            "source": "api",
            "reference": "req_8f1",
            "code": None,
            "passed_to": None,
        },
        {
            "at": "2026-03-02T09:01:31Z",
            "what": "release_succeeded",
            "amount": _EURO,
            "source": "api",
            "reference": "req_8f2",
            "code": None,
            "passed_to": None,
        },
    ],
    "requested_at": "2026-03-02T08:59:30Z",
    "capture_before": "2026-03-09T08:59:31Z",
    "released_at": "2026-03-02T09:01:31Z",
    "expected_by": "2026-03-09T09:01:31Z",
    "latest_by": "2026-04-01T09:01:31Z",
    "advice": "wait_for_bank",
    "advice_text": "We have released what was not needed. Banks usually show it within 7 days, some take up to 30.",
    "language": "en",
    "capabilities": {
        "extended_authorization": "disabled",
        "incremental_authorization": "unavailable",
        "capturable_at_most": None,
        "can_extend": False,
    },
    "operator": {"name": "Harbor Energy", "website": None, "phone": "+49 711 0000"},
}


class ShownHoldStep(Shape):
    """One thing that was asked of the payment processor, or that it told."""

    at: Moment
    what: str = Field(description="New values may come.")
    amount: Amount | None
    source: str = Field(description="`api`, `webhook`, `sweep` or `app`: who made us know.")
    reference: str | None = Field(description="The processor's request or event id.")
    code: str | None
    passed_to: str | None = Field(description="The next charging session, which took the hold over in this step.")

    @classmethod
    def of(cls, step: HoldStep) -> "ShownHoldStep":
        """Return the shape of a step."""
        return cls(
            at=step.at,
            what=step.what,
            amount=None if step.amount is None else Amount.of(step.amount),
            source=step.source,
            reference=step.reference,
            code=step.code,
            passed_to=step.passed_to,
        )


class Agreement(Shape):
    """What the driver agreed to have reserved, and when (PSD2 Art. 75)."""

    amount: Amount
    at: Moment
    text_version: str
    extensions: list["Agreement"] = Field(default=[], description="Higher amounts agreed to later.")

    @classmethod
    def of(cls, consent: dict[str, Any]) -> "Agreement":
        """Return the shape of a stored consent."""
        return cls(
            amount=Amount(amount_minor=consent["amount_minor"], currency=consent["currency"]),
            at=consent["at"],
            text_version=consent["text"],
            extensions=[cls.of(each) for each in consent.get("extensions", [])],
        )


class Capabilities(Shape):
    """What the processor says could be done with this hold; nothing here is promised."""

    extended_authorization: str | None
    incremental_authorization: str | None
    capturable_at_most: Amount | None
    can_extend: bool = Field(description="Whether the driver may ask for a higher hold now.")

    @classmethod
    def of(cls, told: HoldCapabilities) -> "Capabilities":
        """Return the shape of the capabilities."""
        return cls(
            extended_authorization=told.extended_authorization,
            incremental_authorization=told.incremental_authorization,
            capturable_at_most=None if told.capturable_at_most is None else Amount.of(told.capturable_at_most),
            can_extend=told.can_extend,
        )


class ShownPassport(Shape):
    """Everything there is to tell about the hold on the card."""

    model_config = example(PASSPORT_EXAMPLE)
    hold_id: str
    charging_session_id: str = Field(description="The charging session that the hold secures, or secured last.")
    status: str = Field(description="New values may come.")
    amount: Amount
    authorized: Amount
    captured: Amount
    released: Amount
    card_brand: str | None
    card_last4: str | None
    payment_reference: str | None
    consent: Agreement
    steps: list[ShownHoldStep]
    requested_at: Moment
    capture_before: Moment | None
    released_at: Moment | None
    expected_by: Moment | None = Field(description="When banks usually show the release.")
    latest_by: Moment | None = Field(description="When the last of them do; from then on `advice` is `ask_bank`.")
    advice: str = Field(description="New values may come: show `advice_text`.")
    advice_text: str
    language: str
    capabilities: Capabilities
    operator: ChargeOperator

    @classmethod
    def of(cls, passport: HoldPassport, language: str) -> "ShownPassport":
        """Return the shape of a passport, its advice in a language that we speak."""
        operator = passport.place.get("operator") or {}
        copied = ("hold_id", "charging_session_id", "status", "card_brand", "card_last4", "payment_reference")
        moments = ("requested_at", "capture_before", "released_at", "expected_by", "latest_by")
        amounts = {
            name: Amount.of(getattr(passport, name)) for name in ("amount", "authorized", "captured", "released")
        }
        same = {name: getattr(passport, name) for name in (*copied, *moments)}
        return cls(
            **(same | amounts),
            consent=Agreement.of(passport.consent),
            steps=[ShownHoldStep.of(each) for each in passport.steps],
            advice=passport.advice,
            advice_text=advice_text(passport.advice, language),
            language=language,
            capabilities=Capabilities.of(passport.capabilities),
            operator=ChargeOperator(
                name=operator.get("name"), website=operator.get("web"), phone=operator.get("phone")
            ),
        )
