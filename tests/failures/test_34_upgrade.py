"""Mode 34: an upgrade of the API or the SDK changes what a word means, so everything we use is listed and compared.

A field that our client sends or reads must be listed here, and the pinned SDK must know every field that is listed.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
import stripe
import stripe.params
from stripe._api_version import _ApiVersion

from clients.stripe.connection import STRIPE_VERSION
from clients.stripe.refunds import STATUSES as REFUND_STATUSES
from clients.stripe.settlement import STATUSES as DISPUTE_STATUSES
from clients.stripe.snapshots import STATUSES as INTENT_STATUSES
from sandbox.stripe.config import API_VERSION
from tests.failures.books import nothing_is_left
from tests.failures.stage import Stage
from tests.house.source import ROOT

READ: Mapping[Any, str] = {
    stripe.PaymentIntent: """id status amount amount_capturable amount_received currency client_secret metadata
        cancellation_reason last_payment_error latest_charge""",
    stripe.PaymentIntent.LastPaymentError: "code decline_code",
    stripe.Charge: "id payment_intent balance_transaction payment_method_details amount_refunded",
    stripe.Charge.PaymentMethodDetails: "card",
    stripe.Charge.PaymentMethodDetails.Card: """brand last4 capture_before overcapture extended_authorization
        incremental_authorization""",
    stripe.Charge.PaymentMethodDetails.Card.Overcapture: "status maximum_amount_capturable",
    stripe.SetupIntent: "id status customer client_secret payment_method last_setup_error",
    stripe.CustomerSession: "client_secret expires_at",
    stripe.PaymentMethod: "id customer card",
    stripe.PaymentMethod.Card: "brand last4 exp_month exp_year wallet",
    stripe.PaymentMethod.Card.Wallet: "type",
    stripe.BalanceTransaction: "id type amount fee net currency source created available_on reporting_category",
    stripe.Refund: "id status amount currency payment_intent metadata failure_reason created",
    stripe.Dispute: """id status amount currency reason payment_intent balance_transactions evidence_details
        created""",
    stripe.Dispute.EvidenceDetails: "due_by submission_count",
    stripe.Payout: "id status amount currency arrival_date automatic reconciliation_status",
    stripe.Event: "id object type created livemode account data",
    stripe.Event.Data: "object",
}
"""What we read of each kind of object."""

READ_OF_ERRORS = "error code type decline_code payment_intent idempotent-replayed"
"""What we read of a refusal and its headers, which the SDK gives no class with fields for."""

OURS = "hold_id payin_id refund_id card_operation_id charging_session_id driver_id env purpose"
"""What we write into metadata, and read there again."""

WRITTEN: Mapping[str, str] = {
    "PaymentIntentCreateParams": """amount currency customer payment_method allowed_payment_method_types capture_method
        confirm use_stripe_sdk off_session description metadata expand automatic_payment_methods
        payment_method_options""",
    "PaymentIntentCreateParamsPaymentMethodOptions": "card",
    "PaymentIntentCreateParamsPaymentMethodOptionsCard": """request_extended_authorization
        request_incremental_authorization request_overcapture""",
    "PaymentIntentIncrementAuthorizationParams": "amount expand",
    "PaymentIntentCreateParamsAutomaticPaymentMethods": "enabled",
    "PaymentIntentCaptureParams": "amount_to_capture expand",
    "PaymentIntentCancelParams": "cancellation_reason expand",
    "PaymentIntentListParams": "customer limit expand created starting_after",
    "PaymentIntentListParamsCreated": "gte",
    "CustomerCreateParams": "email metadata",
    "PaymentMethodAttachParams": "customer",
    "PaymentMethodListParams": "customer type limit starting_after",
    "SetupIntentCreateParams": "customer usage allowed_payment_method_types metadata",
    "CustomerSessionCreateParams": "customer components",
    "CustomerSessionCreateParamsComponents": "mobile_payment_element",
    "CustomerSessionCreateParamsComponentsMobilePaymentElement": "enabled features",
    "CustomerSessionCreateParamsComponentsMobilePaymentElementFeatures": """payment_method_save
        payment_method_redisplay payment_method_remove""",
    "RefundCreateParams": "payment_intent amount reason metadata",
    "RefundListParams": "payment_intent limit starting_after created",
    "RefundListParamsCreated": "gte",
    "DisputeUpdateParams": "evidence submit",
    "BalanceTransactionListParams": "limit expand payout created starting_after",
    "BalanceTransactionListParamsCreated": "gte",
}
"""What we send, by the SDK's name of the parameters."""

_OPTIONS = {"idempotency_key", "content"}
"""Words of the SDK and of its transport, not of the API."""

_CLIENT = ROOT / "clients" / "stripe"


def _sources() -> Iterator[ast.Module]:
    for path in sorted(Path(_CLIENT).glob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


def fields_read(tree: ast.Module) -> Iterator[str]:
    """Yield every word by which a plain tree is read: a subscript or the first argument of ``get``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            word: ast.expr | None = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            word = node.args[0] if node.args else None
        else:
            continue
        if isinstance(word, ast.Constant) and isinstance(word.value, str):
            yield word.value


def fields_written(tree: ast.Module) -> Iterator[str]:
    """Yield every key of a literal that is handed to a call of the SDK, or stored by its name before."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            keys: list[ast.expr | None] = [node.slice]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.endswith("_async"):
            literals = [found for each in node.args for found in ast.walk(each) if isinstance(found, ast.Dict)]
            keys = [key for literal in literals for key in literal.keys]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict) and "Params" in ast.unparse(node):
            keys = list(node.value.keys)
        else:
            continue
        yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def _words(*lists: str) -> set[str]:
    return {word for each in lists for word in each.split()}


def test_mode_34_client_sandbox_and_sdk_speak_one_version() -> None:
    """The version is pinned in one place, and the SDK and the stand-in are of that very version."""
    assert STRIPE_VERSION == _ApiVersion.CURRENT == API_VERSION


@pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.__qualname__)
def test_mode_34_the_sdk_knows_every_field_that_we_read(kind: Any) -> None:
    """A field that disappears from the pinned SDK's classes is found here and not in the books."""
    known = {name for each in kind.__mro__ for name in getattr(each, "__annotations__", {})}
    assert _words(READ[kind]) - known - {"object"} == set()


@pytest.mark.parametrize("name", WRITTEN)
def test_mode_34_the_sdk_knows_every_parameter_that_we_send(name: str) -> None:
    """A parameter that is renamed or dropped, as ``payment_method_types`` was, is found here."""
    known = {field for each in getattr(stripe.params, name).__mro__ for field in getattr(each, "__annotations__", {})}
    assert _words(WRITTEN[name]) - known == set()


def test_mode_34_nothing_is_read_or_sent_that_is_not_listed() -> None:
    """The lists above are whole: the client's own source is searched for every word it reads and sends."""
    read = {word for tree in _sources() for word in fields_read(tree)}
    written = {word for tree in _sources() for word in fields_written(tree)}
    assert len(read) > 30 < len(written) + 10
    assert read - _words(*READ.values(), READ_OF_ERRORS, OURS) == set()
    assert written - _words(*WRITTEN.values(), OURS) - _OPTIONS == set()


def test_mode_34_a_field_that_is_not_listed_is_found() -> None:
    """Both searches see what they are for."""
    tree = ast.parse('a["charges"]; b.get("x"); c.create_async({"y": {"z": 1}}, d); parameters["w"] = 1')
    assert set(fields_read(tree)) == {"charges", "x"}
    assert set(fields_written(tree)) == {"y", "z", "w"}


@pytest.mark.parametrize(
    ("kind", "ours"),
    [(stripe.PaymentIntent, INTENT_STATUSES), (stripe.Dispute, DISPUTE_STATUSES)],
    ids=["hold", "dispute"],
)
def test_mode_34_every_status_of_the_sdk_has_a_meaning(kind: Any, ours: Mapping[str, object]) -> None:
    """A word that the new version adds is decided about here before it is met in an answer."""
    words = {word for each in get_args(kind.__annotations__["status"]) for word in get_args(each)}
    assert words - set(ours) == KNOWN_AND_OTHER.get(kind, set())
    assert set(REFUND_STATUSES) == {"pending", "requires_action", "succeeded", "failed", "canceled"}


KNOWN_AND_OTHER: Mapping[Any, set[str]] = {
    stripe.Dispute: {"appeal_needs_response", "appeal_under_review", "prevented"},
}
"""Words that we have seen and take as ``other`` on purpose: money moves by balance transactions, not by them."""


async def test_mode_34_what_really_leaves_is_what_is_listed(stage: Stage) -> None:
    """The traffic of whole charges holds no parameter beside the lists, and each is of the pinned version."""
    for name, uid, kwh in (("ada", "EVSE1", 20), ("bob", "EVSE2", 0)):
        connector = None if uid == "EVSE1" else await stage.another_charger(uid)
        charge = await (await stage.a_driver(name)).taps(connector)
        await stage.settles()
        await charge.session(uid=uid, session_id=f"S-{uid}")
        await charge.ends(kwh, uid=uid, session_id=f"S-{uid}")
        await charge.cdr(kwh, cdr_id=f"C-{uid}", session_id=f"S-{uid}")
        await stage.settles()
    of_path = {
        "customers": "CustomerCreateParams",
        "attach": "PaymentMethodAttachParams",
        "payment_intents": "PaymentIntentCreateParams",
        "capture": "PaymentIntentCaptureParams",
        "cancel": "PaymentIntentCancelParams",
    }
    sent = [each for each in stage.wire.requests() if each["method"] == "POST"]
    assert {each["path"].rsplit("/", 1)[1] for each in sent} == set(of_path)
    for each in sent:
        allowed = _words(WRITTEN[of_path[each["path"].rsplit("/", 1)[1]]])
        assert set(each["params"]) <= allowed, each["path"]
        assert set(each["params"].get("metadata", {})) <= _words(OURS)
    await nothing_is_left(stage)
