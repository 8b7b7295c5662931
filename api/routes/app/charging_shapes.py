"""The charge on the wire: what the app shows of it, field by field from the service's view."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.domain.charging.state import HoldStatus
from api.domain.language import wishes_of
from api.models.charging import BADGE, ChargingSession
from api.models.payment import HoldRow
from api.routes.app.failure_texts import NOTHING_RESERVED, failure_text
from api.routes.app.guide_shapes import GUIDE_EXAMPLE, Guide, ShownEnd, ShownHint, end_of, hints_of, language_for
from api.routes.app.shapes import Amount, Moment, Shape, amount_of, example
from api.services.charging.keeps_stopping import REPORT
from api.services.charging.view import ChargeView, charge_view

HOLD_EXAMPLE = {
    "id": "hld_31c0",
    "status": "placed",
    "amount": {"amount_minor": 5000, "currency": "EUR"},
    "authorized": {"amount_minor": 5000, "currency": "EUR"},
    "captured": {"amount_minor": 0, "currency": "EUR"},
    "released": {"amount_minor": 0, "currency": "EUR"},
    "card_brand": "visa",
    "card_last4": "4242",
    "capture_before": "2026-03-09T09:00:00Z",
    "client_secret": None,
    "released_at": None,
    "expected_by": None,
    "latest_by": None,
    "passed_on_to": None,
}
CHARGE_EXAMPLE = {
    "id": "chs_0a1b",
    "version": 7,
    "status": "charging",
    "metering": "live",
    "metered_at": "2026-03-02T09:20:00Z",
    "metering_age_s": 12,
    "energy_wh": 6480,
    "duration_s": 1212,
    "running_cost": {"amount_minor": 455, "currency": "EUR"},
    "running_cost_at": "2026-03-02T09:20:00Z",
    "final_price": None,
    "hold": HOLD_EXAMPLE,
    "guide": GUIDE_EXAMPLE,
    "hints": [],
    "unplug_required": False,
    "can_stop": True,
    "can_cancel": False,
    "final": False,
    "failure_code": None,
    "failure_text": None,
    "stop_cause": None,
    "end": None,
    "report": None,
    "place": {
        "name": "Harbor",
        "address": "Harbor Street 1",
        "city": "Stuttgart",
        "country": "DEU",
        "time_zone": "Europe/Berlin",
        "evse_id": "DE*ABC*E7*013",
        "visual_id": "#13",
        "connector": "iec_62196_t2",
        "operator": {"name": "Harbor Energy", "website": None, "phone": "+49 711 0000"},
    },
    "auth_channel": "app",
    "payer_type": "card",
    "created_at": "2026-03-02T08:59:30Z",
    "charging_at": "2026-03-02T09:00:00Z",
    "energy_ended_at": None,
    "unplugged_at": None,
    "poll_after_s": 10,
}


class ShownHold(Shape):
    """The hold on the card: `client_secret` is set only while the bank waits for the driver's confirmation."""

    id: str | None
    status: str = Field(description="New values may come.")
    amount: Amount
    authorized: Amount
    captured: Amount
    released: Amount
    card_brand: str | None
    card_last4: str | None
    capture_before: Moment | None
    client_secret: str | None
    released_at: Moment | None = Field(description="When we let go of what was not needed.")
    expected_by: Moment | None = Field(description="When banks usually show the money as free.")
    latest_by: Moment | None
    passed_on_to: str | None = Field(description="The next charging session, if it took this hold over.")

    @classmethod
    def of(cls, hold: dict[str, Any]) -> "ShownHold":
        """Return the shape of the view's hold."""
        currency = hold["currency"]
        card = ("card_brand", "card_last4", "capture_before", "client_secret")
        names = (*card, "released_at", "expected_by", "latest_by", "passed_on_to")
        return cls(
            id=hold.get("id"),
            status=hold["status"],
            amount=Amount(amount_minor=hold["amount_minor"], currency=currency),
            authorized=Amount(amount_minor=hold.get("authorized_minor", 0), currency=currency),
            captured=Amount(amount_minor=hold.get("captured_minor", 0), currency=currency),
            released=Amount(amount_minor=hold.get("released_minor", 0), currency=currency),
            **{name: hold.get(name) for name in names},
        )


class ChargeOperator(Shape):
    """Whom to call about this charger."""

    name: str | None
    website: str | None
    phone: str | None


class ChargePlace(Shape):
    """The place as the driver saw it at the start."""

    name: str | None
    address: str | None
    city: str | None
    country: str | None
    time_zone: str
    evse_id: str | None
    visual_id: str | None
    connector: str | None
    operator: ChargeOperator

    @classmethod
    def of(cls, row: ChargingSession) -> "ChargePlace":
        """Return the shape of the snapshot on the row."""
        place, operator = row.place, row.place.get("operator") or {}
        names = ("name", "address", "city", "country", "evse_id", "visual_id", "connector")
        return cls(
            **{name: place.get(name) for name in names},
            time_zone=row.time_zone,
            operator=ChargeOperator(
                name=operator.get("name"), website=operator.get("web"), phone=operator.get("phone")
            ),
        )


class ShownReport(Shape):
    """Charges that ended by themselves at this charger again and again: open a case with this charge (CK17)."""

    topic: str = Field(default="keeps_stopping", description="The topic to open the case with.")
    charging_session_ids: list[str] = Field(description="What the case will hold, the oldest first.")
    cause: str = Field(description="`vehicle`, `charger`, `network` or `unknown`, as far as it can be told.")

    @classmethod
    def of(cls, row: ChargingSession) -> "ShownReport | None":
        """Return what a charge offers to report."""
        kept = row.guidance.get(REPORT)
        return None if kept is None else cls(charging_session_ids=kept["charging_session_ids"], cause=kept["cause"])


class ShownCharge(Shape):
    """One charge, complete: a cold start of the app needs nothing else (CK21)."""

    model_config = example(CHARGE_EXAMPLE)
    id: str
    version: int = Field(description="Grows with every visible change; the ETag is made of it.")
    status: str = Field(description="New values may come.")
    metering: str = Field(description="`pending`, `live` or `stale`; no data is never an error.")
    metered_at: Moment | None
    metering_age_s: int | None
    energy_wh: int
    duration_s: int | None
    running_cost: Amount | None = Field(description="Null: no price is known.")
    running_cost_at: Moment | None
    final_price: Amount | None
    hold: ShownHold
    guide: Guide
    hints: list[ShownHint] = Field(description="What may be wrong and how to mend it; never a fault.")
    unplug_required: bool
    can_stop: bool
    can_cancel: bool
    final: bool
    failure_code: str | None
    failure_text: str | None = Field(description="Why the start failed, in the driver's language.")
    stop_cause: str | None
    end: ShownEnd | None = Field(description="Who ended the energy; unplugging and the bill are ends of their own.")
    report: ShownReport | None = Field(description="Set from the second charge that ended by itself here within a day.")
    place: ChargePlace
    auth_channel: str = Field(description="How it was started: `app`, `guest` or `badge`; new values may come.")
    payer_type: str = Field(description="`card`, `wallet` or `fleet`; new values may come.")
    created_at: Moment
    charging_at: Moment | None
    energy_ended_at: Moment | None
    unplugged_at: Moment | None
    poll_after_s: int = Field(description="Ask again after this many seconds; also in the header `Poll-After-S`.")

    @property
    def etag(self) -> str:
        """Return the weak ETag of this version: the same for every access token (A11)."""
        return etag_of(self.id, self.version)


def etag_of(charging_session_id: str, version: int) -> str:
    """Return the ETag of one version of a charge."""
    return f'W/"{charging_session_id}-{version}"'


def shown_charge(
    row: ChargingSession, hold: HoldRow | None, now: datetime, accept_language: str | None = None
) -> ShownCharge:
    """Return the shape of a charge as it is at ``now``, in the language that the app asks for or the driver speaks."""
    view = charge_view(row, hold, now)
    language = language_for(row, wishes_of(accept_language))
    return ShownCharge(
        id=row.id,
        version=row.version,
        status=view.status,
        metering=view.metering,
        metered_at=row.metered_at,
        metering_age_s=view.metering_age_seconds,
        energy_wh=view.energy_wh,
        duration_s=view.seconds,
        running_cost=amount_of(view.running_minor, row.currency),
        running_cost_at=datetime.fromisoformat(view.running_at) if view.running_at else None,
        final_price=amount_of(view.final_minor, row.currency),
        hold=ShownHold.of(view.hold),
        guide=Guide.of(row, view, language),
        hints=hints_of(row, view, language),
        failure_text=_failure(row, language),
        end=end_of(row, view, language),
        report=ShownReport.of(row),
        place=ChargePlace.of(row),
        **_copied(row, view),
    )


def _failure(row: ChargingSession, language: str) -> str | None:
    """Return what failed, in words: what a bank said of a charge that a pass began has not kept it from charging."""
    if row.failure_code is None:
        return None
    goes_on = row.auth_channel == BADGE and row.hold_status == HoldStatus.DECLINED
    return failure_text(NOTHING_RESERVED if goes_on else row.failure_code, language)


def _copied(row: ChargingSession, view: ChargeView) -> dict[str, Any]:
    """Return the fields that keep their names."""
    of_row = (
        "failure_code",
        "stop_cause",
        "auth_channel",
        "payer_type",
        "created_at",
        "charging_at",
        "energy_ended_at",
        "unplugged_at",
    )
    of_view = ("unplug_required", "can_stop", "can_cancel", "final", "poll_after_s")
    return {name: getattr(row, name) for name in of_row} | {name: getattr(view, name) for name in of_view}
