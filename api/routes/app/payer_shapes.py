"""Who can pay for a charge, on the wire: beside a quote."""

from typing import Any

from pydantic import Field

from api.routes.app.shapes import Amount, Shape
from api.services.charging.payers import PayerOption

PAYERS_EXAMPLE: list[dict[str, Any]] = [
    {
        "payer": "card",
        "can_start": True,
        "reserved": {"amount_minor": 5000, "currency": "EUR"},
        "reason": None,
        "available": None,
        "minimum": None,
    },
    {
        "payer": "wallet",
        "can_start": False,
        "reserved": None,
        "reason": "wallet_too_low",
        "available": {"amount_minor": 4999, "currency": "EUR"},
        "minimum": {"amount_minor": 5000, "currency": "EUR"},
    },
]


class ShownPayer(Shape):
    """One way to pay: what it would reserve, which is what the driver consents to, or why it cannot start."""

    payer: str = Field(description="`card`, `wallet` or `fleet`; new values may come.")
    can_start: bool
    reserved: Amount | None = Field(description="Consent to exactly this when starting with `pay_with`.")
    reason: str | None = Field(description="Such as `wallet_too_low` or `no_card_saved`; new values may come.")
    available: Amount | None = Field(description="What is free in the wallet, where that is the reason.")
    minimum: Amount | None

    @classmethod
    def of(cls, option: PayerOption) -> "ShownPayer":
        """Return the shape of an option."""
        known = {name: option.facts.get(name) for name in ("available", "minimum")}
        return cls(
            payer=option.payer,
            can_start=option.can_start,
            reserved=None if option.hold is None else Amount.of(option.hold),
            reason=option.reason,
            **{name: None if money is None else Amount.of(money) for name, money in known.items()},  # type: ignore[arg-type]  # Money by these names
        )
