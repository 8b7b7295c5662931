"""Shapes that several operations share: money, moments, ids, and how problems are described in the OpenAPI document."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from api.domain.money import Money
from api.routes.app.problem_texts import TEXTS
from api.routes.app.problems import MEDIA_TYPE

Moment = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(UTC))]
"""RFC 3339 in UTC; what happens at a place comes with the place's ``time_zone``."""

Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
"""Text from outside: bounded and without control characters, which no name holds and no database keeps."""

PublicId = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,4}_[A-Za-z0-9_-]{1,255}$")]
"""A public id: a prefix that tells the kind, the rest opaque."""

Exact = Annotated[Decimal, Field(max_digits=12, decimal_places=3)]


_PROBLEM = "#/components/schemas/Problem"
_EVERYWHERE = {
    "unknown_query_parameter": 400,
    "malformed_request": 400,
    "invalid_request": 422,
    "internal_error": 500,
    "service_unavailable": 503,
}


class Shape(BaseModel):
    """A shape on the wire: built from rows field by field, never a row; unknown request fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Shape):
    """Money as whole minor units of a currency: 1234 EUR is 12.34 euros."""

    amount_minor: int = Field(examples=[1234], json_schema_extra={"format": "int64"})
    currency: str = Field(examples=["EUR"], pattern="^[A-Z]{3}$")

    @classmethod
    def of(cls, money: Money) -> "Amount":
        """Return the shape of an amount."""
        return cls(amount_minor=money.minor, currency=money.currency)


def example(value: dict[str, Any]) -> ConfigDict:
    """Return the model configuration that documents one whole example."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [value]})


def amount_of(minor: int | None, currency: str) -> Amount | None:
    """Return the shape of minor units of a currency, unknown staying unknown."""
    return None if minor is None else Amount(amount_minor=minor, currency=currency)


def decimal_text(value: Decimal | None) -> str | None:
    """Return an exact number as plain text without needless zeros: ``0.59``, never an exponent."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def utc(at: datetime | None) -> datetime | None:
    """Return a moment in UTC."""
    return at.astimezone(UTC) if at else None


def problems(**by_code: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of an operation: each problem it may answer with its status and an example.

    Every operation may also answer ``unknown_query_parameter`` (400), ``invalid_request`` (422) and the 5xx.
    """
    found: dict[int | str, dict[str, Any]] = {}
    for code, status in (_EVERYWHERE | by_code).items():
        empty = {"description": "", "content": {MEDIA_TYPE: {"schema": {"$ref": _PROBLEM}, "examples": {}}}}
        described: dict[str, Any] = found.setdefault(status, empty)
        described["content"][MEDIA_TYPE]["examples"][code] = {"value": _example(code, status)}
        described["description"] = " or ".join([*filter(None, [described["description"]]), TEXTS[code].title])
    return found


def signed_in(**by_code: int) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of an operation that needs an access token."""
    return problems(access_token_refused=401, access_token_expired=401, **by_code)


def _example(code: str, status: int) -> dict[str, Any]:
    text, wire_code = TEXTS[code], code.replace("_", "-")
    return {
        "type": f"https://example.com/problems/{wire_code}",
        "title": text.title,
        "status": status,
        "detail": text.detail,
        "code": wire_code,
        "retryable": text.retryable,
        "next_action": text.next_action.value,
        "request_id": "req_5f2c9a",
        "facts": {},
    }
