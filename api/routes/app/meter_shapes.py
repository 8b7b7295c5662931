"""The unplug meter as the app shows it: what staying costs now, when that changes, when to set off."""

from datetime import timedelta

from pydantic import Field

from api.domain.pricing.unplug_meter import Step, UnplugMeter
from api.routes.app.shapes import Amount, Moment, Shape, decimal_text, example, utc

METER_EXAMPLE = {
    "costs_now": False,
    "per_hour": "0",
    "currency": "EUR",
    "next_change": {"at": "2026-03-02T17:02:00Z", "per_hour": "4.8", "fee": {"amount_minor": 0, "currency": "EUR"}},
    "next_rise": {"at": "2026-03-02T17:02:00Z", "per_hour": "4.8", "fee": {"amount_minor": 0, "currency": "EUR"}},
    "leave_by": "2026-03-02T16:57:00Z",
}


class MeterStep(Shape):
    """A moment from which on staying costs something else."""

    model_config = example(METER_EXAMPLE["next_rise"])  # type: ignore[arg-type]  # one part of the example above
    at: Moment
    per_hour: str = Field(description="Exact text; with tax where it is known.")
    fee: Amount = Field(description="Due once, as the step begins.")

    @classmethod
    def of(cls, step: Step | None) -> "MeterStep | None":
        """Return the shape of a step."""
        if step is None:
            return None
        return cls(at=step.at, per_hour=decimal_text(step.per_hour) or "0", fee=Amount.of(step.fee))


class ShownMeter(Shape):
    """What staying plugged in costs, at a glance."""

    model_config = example(METER_EXAMPLE)
    costs_now: bool
    per_hour: str = Field(description="Exact text; with tax where it is known.")
    currency: str
    next_change: MeterStep | None = Field(description="When staying costs something else, more or less.")
    next_rise: MeterStep | None = Field(description="When it gets dearer; who leaves before pays nothing of it.")
    leave_by: Moment | None = Field(description="When the driver must set off to be in time, at their walking pace.")

    @classmethod
    def of(cls, meter: UnplugMeter, walking: timedelta) -> "ShownMeter":
        """Return the shape of a meter for a driver who needs ``walking`` to the car."""
        return cls(
            costs_now=meter.costs_now,
            per_hour=decimal_text(meter.per_hour) or "0",
            currency=meter.currency,
            next_change=MeterStep.of(meter.next_change),
            next_rise=MeterStep.of(meter.next_rise),
            leave_by=utc(meter.leave_by(walking)),
        )
