"""The request check: parameters are held to the SDK's own types (``payments.md`` 2)."""

from typing import Any

import jsonschema
import pytest

from sandbox.stripe.errors import Obj, StripeFailure
from sandbox.stripe.form import decode_form
from sandbox.stripe.param_schema import schema_for
from sandbox.stripe.params import check_params
from sandbox.stripe.routes import ROUTES

CREATE = "PaymentIntentCreateParams"
GOOD: dict[str, Any] = {
    "amount": 5000,
    "currency": "eur",
    "confirm": True,
    "capture_method": "manual",
    "allowed_payment_method_types": ["card"],
    "metadata": {"hold_id": "hld_1", "7": "digits"},
    "payment_method_options": {"card": {"request_overcapture": "if_available"}},
}
GOOD_FORM = (
    "amount=5000&currency=eur&confirm=true&capture_method=manual&allowed_payment_method_types[0]=card"
    "&metadata[hold_id]=hld_1&metadata[7]=digits&payment_method_options[card][request_overcapture]=if_available"
)


def test_form_becomes_typed_parameters() -> None:
    """A form body becomes a tree whose values have the types the SDK gives them."""
    assert check_params(CREATE, decode_form(GOOD_FORM)) == GOOD


def test_unindexed_lists_are_read() -> None:
    """``expand[]=a&expand[]=b`` is a list too."""
    assert check_params("RefundRetrieveParams", decode_form("expand[]=a&expand[]=b")) == {"expand": ["a", "b"]}


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ("surprise=1", "surprise", "parameter_unknown"),
        ("payment_method_options[card][surprise]=1", "payment_method_options[card][surprise]", "parameter_unknown"),
        ("capture_method=manuel", "capture_method", None),
        ("amount=50.00", "amount", "parameter_invalid_integer"),
        ("confirm=yes", "confirm", None),
        ("payment_method_options[card][request_overcapture]=yes",
         "payment_method_options[card][request_overcapture]", None),
        ("description=", "description", "parameter_invalid_empty"),
        ("allowed_payment_method_types=card", "allowed_payment_method_types", None),
        ("amount[x]=1", "amount", None),
    ],
)  # fmt: skip
def test_what_the_types_forbid_is_refused(change: str, param: str, code: str | None) -> None:
    """Unknown names at any depth, closed lists, numbers, booleans, empty values and wrong forms answer 400."""
    kept = "&".join(pair for pair in GOOD_FORM.split("&") if not pair.startswith(f"{param.split('[')[0]}"))
    with pytest.raises(StripeFailure) as refused:
        check_params(CREATE, decode_form(f"{kept}&{change}"))
    error = refused.value
    assert (error.status, error.error.get("param"), error.error.get("code")) == (400, param, code)
    assert not error.recorded


def test_missing_parameter_is_refused() -> None:
    """A required name that is not there answers ``parameter_missing``."""
    with pytest.raises(StripeFailure) as refused:
        check_params(CREATE, {"currency": "eur"})
    assert (refused.value.error["code"], refused.value.error["param"]) == ("parameter_missing", "amount")


def test_empty_metadata_value_is_allowed() -> None:
    """An empty metadata value unsets a key, an empty metadata all of them."""
    assert check_params("RefundUpdateParams", decode_form("metadata[a]=")) == {"metadata": {"a": ""}}
    assert check_params("RefundUpdateParams", decode_form("metadata=")) == {"metadata": ""}


@pytest.mark.parametrize("name", sorted({route.params_type for route in ROUTES.values()}))
def test_every_operation_has_a_valid_schema(name: str) -> None:
    """Each parameter type turns into a JSON Schema that a JSON Schema library accepts, without request options."""
    schema = schema_for(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert not {"idempotency_key", "api_key", "stripe_account"} & set(schema["properties"])


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"surprise": 1}, False),
        ({"amount": "50.00"}, False),
        ({"capture_method": "manuel"}, False),
        ({"payment_method_options": {"card": {"request_overcapture": "yes"}}}, False),
        ({"payment_method_options": {"card": {"surprise": "yes"}}}, False),
    ],
)
def test_a_json_schema_library_agrees(change: Obj, good: bool) -> None:
    """The same schemas judged by ``jsonschema`` give the same verdicts as our own walk."""
    assert jsonschema.Draft202012Validator(schema_for(CREATE)).is_valid({**GOOD, **change}) is good
