"""Wallets, their movements, top-ups and pay-outs on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.domain.finance.wallet import Standing, WalletRules
from api.models.wallet import Payin, Wallet, WalletPayout, WalletRefund
from api.routes.app.shapes import Amount, Moment, Shape, amount_of, example
from api.services.wallet.movements import Movement

Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
_FRANCS = {"amount_minor": 5000, "currency": "CHF"}
_NOTHING = {"amount_minor": 0, "currency": "CHF"}
WALLET_EXAMPLE = {
    "currency": "CHF",
    "balance": _FRANCS,
    "reserved": _NOTHING,
    "available": _FRANCS,
    "minimum_to_start": _FRANCS,
    "low_notice": {"amount_minor": 1000, "currency": "CHF"},
    "level": "ok",
    "blocked": False,
}
TOP_UP_EXAMPLE = {
    "id": "pin_0a1b",
    "status": "action_required",
    "amount": _FRANCS,
    "client_secret": "pi_123_secret_456",
    "decline_code": None,
    "created_at": "2026-03-02T09:00:00Z",
    "expires_at": "2026-03-02T10:00:00Z",
    "finished_at": None,
}


class ShownWallet(Shape):
    """One wallet: balance is what the movements sum to, available what a start may reserve; both may be below zero."""

    model_config = example(WALLET_EXAMPLE)
    currency: str
    balance: Amount
    reserved: Amount
    available: Amount
    minimum_to_start: Amount
    low_notice: Amount = Field(description="Below this the driver is told, once for each time it is crossed.")
    level: str = Field(description="`ok`, `low` or `below_zero`; new values may come.")
    blocked: bool

    @classmethod
    def of(cls, wallet: Wallet, standing: Standing, rules: WalletRules) -> "ShownWallet":
        """Return the shape of a wallet and its standing."""
        return cls(
            currency=wallet.currency,
            balance=Amount.of(standing.posted),
            reserved=Amount.of(standing.reserved),
            available=Amount.of(standing.available),
            minimum_to_start=Amount.of(rules.minimum_of(wallet.currency)),
            low_notice=Amount.of(rules.low_of(wallet.currency, wallet.low_notice_minor)),
            level=wallet.level,
            blocked=wallet.blocked,
        )


class Wallets(Shape):
    """The driver's wallets, one for each currency: nothing is ever added up across currencies."""

    model_config = example({"wallets": [WALLET_EXAMPLE]})
    wallets: list[ShownWallet]


class LowNotice(Shape):
    """Below what the driver wants to be told; null: the usual limit."""

    model_config = example({"currency": "CHF", "limit_minor": 2000})
    currency: Currency
    limit_minor: Annotated[int, Field(ge=0, le=10_000_000_00)] | None


class ShownMovement(Shape):
    """One movement: positive into the wallet, negative out of it."""

    kind: str = Field(
        description="`top_up`, `charge`, `refund`, `paid_back`, `paid_back_failed`, `help`, `help_refund`;"
        " new values may come."
    )
    text: str = Field(description="The kind in the driver's language.")
    at: Moment
    amount: Amount
    balance_after: Amount
    charging_session_id: str | None
    top_up_id: str | None

    @classmethod
    def of(cls, movement: Movement, text: str) -> "ShownMovement":
        """Return the shape of a movement."""
        return cls(
            kind=movement.kind,
            text=text,
            at=movement.at,
            amount=Amount.of(movement.amount),
            balance_after=Amount.of(movement.balance_after),
            charging_session_id=movement.charging_session_id,
            top_up_id=movement.top_up_id,
        )


class Movements(Shape):
    """A page of movements, newest first; all of them sum to the balance."""

    model_config = example(
        {
            "movements": [
                {
                    "kind": "top_up",
                    "text": "Recharge du compte",
                    "at": "2026-03-02T09:00:05Z",
                    "amount": _FRANCS,
                    "balance_after": _FRANCS,
                    "charging_session_id": None,
                    "top_up_id": "pin_0a1b",
                }
            ],
            "next_cursor": None,
        }
    )
    movements: list[ShownMovement]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")


class PaymentRequest(Shape):
    """How to pay."""

    model_config = example({"payment_method": "saved_card"})
    payment_method: Literal["saved_card", "new"] = Field(
        default="saved_card", description="`new`: the app confirms with the client secret, by whatever it offers."
    )

    @property
    def method(self) -> str:
        """Return our word for it."""
        return {"saved_card": "card", "new": "new"}[self.payment_method]


class TopUpRequest(PaymentRequest):
    """How much to pay into the wallet of that currency."""

    model_config = example({"amount": _FRANCS, "payment_method": "saved_card"})
    amount: Amount


class ShownPayment(Shape):
    """A payment: only `succeeded` is money. `client_secret` is set while the app has something to confirm."""

    model_config = example(TOP_UP_EXAMPLE)
    id: str
    status: str = Field(
        description="`pending`, `action_required`, `processing`, `succeeded`, `declined`, `canceled`; more may come."
    )
    amount: Amount
    client_secret: str | None
    decline_code: str | None
    created_at: Moment
    expires_at: Moment = Field(description="When it is given up if nobody confirms it.")
    finished_at: Moment | None

    @classmethod
    def of(cls, payin: Payin) -> "ShownPayment":
        """Return the shape of a payment."""
        return cls(
            id=payin.id,
            status=payin.status,
            amount=Amount(amount_minor=payin.amount_minor, currency=payin.currency),
            client_secret=payin.client_secret if payin.status == "action_required" else None,
            decline_code=payin.decline_code,
            created_at=payin.created_at,
            expires_at=payin.expires_at,
            finished_at=payin.finished_at,
        )


class RefundWish(Shape):
    """How much of a wallet to pay back; null: all that is available and came from cards."""

    model_config = example({"currency": "CHF", "amount_minor": None})
    currency: Currency
    amount_minor: Annotated[int, Field(gt=0, le=10_000_000_00)] | None = None


class ShownPayout(Shape):
    """What goes back to one card."""

    amount: Amount
    status: str = Field(
        description="`requested`, `pending` (at the bank), `succeeded` or `failed` (in the wallet again)."
    )
    top_up_id: str
    finished_at: datetime | None


class ShownWalletRefund(Shape):
    """A request to pay money of a wallet back, and what became of it."""

    model_config = example(
        {
            "id": "wrf_0a1b",
            "amount": _FRANCS,
            "uncovered": None,
            "payouts": [{"amount": _FRANCS, "status": "requested", "top_up_id": "pin_0a1b", "finished_at": None}],
            "created_at": "2026-03-02T09:00:00Z",
        }
    )
    id: str
    amount: Amount
    uncovered: Amount | None = Field(description="What no card can take back: it stays in the wallet, staff see to it.")
    payouts: list[ShownPayout]
    created_at: Moment

    @classmethod
    def of(cls, refund: WalletRefund, payouts: list[WalletPayout]) -> "ShownWalletRefund":
        """Return the shape of a request with its pay-outs."""
        currency = refund.currency
        return cls(
            id=refund.id,
            amount=Amount(amount_minor=refund.amount_minor, currency=currency),
            uncovered=amount_of(refund.uncovered_minor or None, currency),
            payouts=[
                ShownPayout(
                    amount=Amount(amount_minor=each.amount_minor, currency=currency),
                    status=each.status,
                    top_up_id=each.payin_id,
                    finished_at=each.finished_at,
                )
                for each in payouts
            ],
            created_at=refund.created_at,
        )
