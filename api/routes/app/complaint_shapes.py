"""Complaints about what was paid, on the wire."""

from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from api.domain.support.complaint import Cause, Told
from api.routes.app.hold_shapes import ShownPassport
from api.routes.app.shapes import Amount, Moment, Shape, Text, example, utc
from api.services.support.complaint_view import ComplaintView

Words = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
Asked = Annotated[int, Field(ge=0, le=10**12)]


COMPLAINT_EXAMPLE = {
    "id": "cpl_91ab",
    "charging_session_id": "chs_0a1b",
    "case_number": "C12345-67890",
    "cause": "nothing_charged",
    "state": "decided",
    "text": "The charger and its operator's bill both say 0 kWh. We give back all of it: 1.19 EUR.",
    "language": "en",
    "happened_at": "2026-03-02T09:00:00Z",
    "charger": "DE*ABC*E71*1",
    "operator": "Harbor Energy",
    "charged": {"amount_minor": 119, "currency": "EUR"},
    "expected": {"amount_minor": 0, "currency": "EUR"},
    "opened_at": "2026-03-02T12:00:00Z",
    "can_object": True,
    "ruling": {
        "ruling": "full",
        "reason": "zero_energy",
        "automatic": True,
        "granted": {"amount_minor": 119, "currency": "EUR"},
        "decided_at": "2026-03-02T12:00:01Z",
        "credit_note_id": "rcp_77",
    },
    "hold": None,
}


class ToldAmount(Shape):
    """An amount as the driver tells it."""

    amount_minor: Asked
    currency: str = Field(pattern="^[A-Z]{3}$")


class NewComplaintBody(Shape):
    """What the driver says is wrong; what is left out is taken from the charging session."""

    model_config = example({"cause": "wrong_price", "expected": {"amount_minor": 780, "currency": "EUR"}, "text": ""})
    cause: Cause
    happened_at: AwareDatetime | None = None
    charger: Text | None = Field(default=None, description="The id or name on the post.")
    operator: Text | None = Field(default=None, description="The network or operator.")
    charged: ToldAmount | None = Field(default=None, description="What was charged, as the driver sees it.")
    expected: ToldAmount | None = Field(default=None, description="What the driver thinks is right.")
    text: Words = ""

    @model_validator(mode="after")
    def one_currency(self) -> Self:
        """Refuse amounts in two currencies."""
        if len(self._currencies()) > 1:
            raise ValueError("both amounts must be in one currency")
        return self

    def _currencies(self) -> set[str]:
        return {each.currency for each in (self.charged, self.expected) if each is not None}

    def told(self) -> Told:
        """Return what was told."""
        return Told(
            cause=self.cause,
            happened_at=self.happened_at,
            charger=self.charger,
            operator=self.operator,
            charged_minor=None if self.charged is None else self.charged.amount_minor,
            expected_minor=None if self.expected is None else self.expected.amount_minor,
            currency=next(iter(self._currencies()), None),
        )


class Objection(Shape):
    """Why the driver is not content with the answer."""

    model_config = example({"text": "I left at noon, the receipt says three."})
    text: Annotated[Words, StringConstraints(min_length=1)]


class ShownRuling(Shape):
    """What was decided."""

    ruling: str = Field(description="`full`, `partial` or `none`: how much goes back.")
    reason: str = Field(description="New values may come: show the complaint's `text`.")
    automatic: bool
    granted: Amount
    decided_at: Moment
    credit_note_id: str | None = Field(description="The paper; null: none, or not written yet.")


class ShownComplaint(Shape):
    """A complaint and where it stands."""

    model_config = example(COMPLAINT_EXAMPLE)
    id: str
    charging_session_id: str | None
    case_number: str | None = Field(description="Null: it answered itself, see `hold`.")
    cause: str
    state: str = Field(description="`waiting`, `with_agent`, `approval`, `decided`, `answered`; new values may come.")
    text: str = Field(description="The answer, or where it stands, in the language of the complaint.")
    language: str
    happened_at: Moment
    charger: str
    operator: str
    charged: Amount
    expected: Amount
    opened_at: Moment
    can_object: bool
    ruling: ShownRuling | None
    hold: ShownPassport | None = Field(description="Where it answers the complaint.")


class Complaints(Shape):
    """All complaints about one charge, oldest first."""

    model_config = example({"charging_session_id": "chs_0a1b", "complaints": [COMPLAINT_EXAMPLE]})
    charging_session_id: str
    complaints: list[ShownComplaint]


def shown_complaint(view: ComplaintView, hold: ShownPassport | None = None) -> ShownComplaint:
    """Return the shape of a complaint."""
    row, stands = view.row, view.ruling
    ruling = None
    if stands is not None:
        ruling = ShownRuling(
            ruling=stands.ruling,
            reason=stands.reason,
            automatic=stands.automatic,
            granted=Amount(amount_minor=stands.granted_minor, currency=row.currency),
            decided_at=stands.at,
            credit_note_id=view.credit_note_id,
        )
    same = {name: getattr(row, name) for name in ("id", "charging_session_id", "cause", "state", "language")}
    return ShownComplaint(
        **same,
        case_number=view.case_number,
        text=view.text,
        happened_at=utc(row.happened_at) or row.happened_at,
        charger=row.charger,
        operator=row.operator,
        charged=Amount(amount_minor=row.charged_minor, currency=row.currency),
        expected=Amount(amount_minor=row.expected_minor, currency=row.currency),
        opened_at=row.opened_at,
        can_object=view.can_object,
        ruling=ruling,
        hold=hold,
    )
