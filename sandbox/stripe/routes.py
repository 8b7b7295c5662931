"""Which endpoint is carried out by which function and checked against which parameter type of the SDK."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stripe import (
    balance,
    captures,
    charges,
    customer_sessions,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payouts,
    radar,
    refunds,
    search,
    setup_intents,
    webhook_endpoints,
)
from sandbox.stripe.errors import Obj, StripeFailure


@dataclass(frozen=True)
class Route:
    """One endpoint: ``handler(state[, id], params)`` and the name of its parameter type."""

    handler: Callable[..., Obj]
    params_type: str
    takes_id: bool
    kind: str
    """The kind of object answered, for example ``payment_intent``."""
    listed: bool
    """Whether the answer is a list of them."""


def _retrieve(collection: str) -> Callable[..., Obj]:
    """Return the handler that answers one object of the named collection as it stands."""
    return lambda state, object_id, _params: getattr(state, collection).need(object_id)


_TABLE: list[tuple[str, str, str, Callable[..., Obj]]] = [
    ("POST", "customers", "CustomerCreateParams", customers.create_customer),
    ("GET", "customers", "CustomerListParams", customers.list_customers),
    ("GET", "customers/{id}", "CustomerRetrieveParams", _retrieve("customers")),
    ("POST", "customers/{id}", "CustomerUpdateParams", customers.update_customer),
    ("DELETE", "customers/{id}", "CustomerDeleteParams", customers.delete_customer),
    ("GET", "customers/{id}/payment_methods", "CustomerPaymentMethodListParams", payment_methods.list_customer_methods),
    ("POST", "payment_methods", "PaymentMethodCreateParams", payment_methods.create_payment_method),
    ("GET", "payment_methods", "PaymentMethodListParams", payment_methods.list_payment_methods),
    ("GET", "payment_methods/{id}", "PaymentMethodRetrieveParams", payment_methods.retrieve_payment_method),
    ("POST", "payment_methods/{id}", "PaymentMethodUpdateParams", payment_methods.update_payment_method),
    ("POST", "payment_methods/{id}/attach", "PaymentMethodAttachParams", payment_methods.attach_payment_method),
    ("POST", "payment_methods/{id}/detach", "PaymentMethodDetachParams", payment_methods.detach_payment_method),
    ("POST", "setup_intents", "SetupIntentCreateParams", setup_intents.create_setup_intent),
    ("GET", "setup_intents", "SetupIntentListParams", setup_intents.list_setup_intents),
    ("GET", "setup_intents/{id}", "SetupIntentRetrieveParams", _retrieve("setup_intents")),
    ("POST", "setup_intents/{id}/confirm", "SetupIntentConfirmParams", setup_intents.confirm_setup_intent),
    ("POST", "setup_intents/{id}/cancel", "SetupIntentCancelParams", setup_intents.cancel_setup_intent),
    ("POST", "payment_intents", "PaymentIntentCreateParams", payment_intents.create_payment_intent),
    ("GET", "payment_intents", "PaymentIntentListParams", payment_intents.list_payment_intents),
    ("GET", "payment_intents/search", "PaymentIntentSearchParams", search.search_payment_intents),
    ("GET", "payment_intents/{id}", "PaymentIntentRetrieveParams", _retrieve("payment_intents")),
    ("POST", "payment_intents/{id}", "PaymentIntentUpdateParams", payment_intents.update_payment_intent),
    ("POST", "payment_intents/{id}/confirm", "PaymentIntentConfirmParams", payment_intents.confirm_payment_intent),
    ("POST", "payment_intents/{id}/capture", "PaymentIntentCaptureParams", captures.capture_payment_intent),
    ("POST", "payment_intents/{id}/cancel", "PaymentIntentCancelParams", captures.cancel_payment_intent),
    (
        "POST",
        "payment_intents/{id}/increment_authorization",
        "PaymentIntentIncrementAuthorizationParams",
        captures.increment_authorization,
    ),
    ("GET", "charges", "ChargeListParams", charges.list_charges),
    ("GET", "charges/{id}", "ChargeRetrieveParams", _retrieve("charges")),
    ("POST", "charges/{id}", "ChargeUpdateParams", charges.update_charge),
    ("POST", "refunds", "RefundCreateParams", refunds.create_refund),
    ("GET", "refunds", "RefundListParams", refunds.list_refunds),
    ("GET", "refunds/{id}", "RefundRetrieveParams", _retrieve("refunds")),
    ("POST", "refunds/{id}", "RefundUpdateParams", refunds.update_refund),
    ("GET", "disputes", "DisputeListParams", disputes.list_disputes),
    ("GET", "disputes/{id}", "DisputeRetrieveParams", _retrieve("disputes")),
    ("POST", "disputes/{id}", "DisputeUpdateParams", disputes.update_dispute),
    ("POST", "disputes/{id}/close", "DisputeCloseParams", disputes.close_dispute),
    ("GET", "events", "EventListParams", events.list_events),
    ("GET", "events/{id}", "EventRetrieveParams", _retrieve("events")),
    ("POST", "customer_sessions", "CustomerSessionCreateParams", customer_sessions.create_customer_session),
    ("POST", "ephemeral_keys", "EphemeralKeyCreateParams", customer_sessions.create_ephemeral_key),
    ("DELETE", "ephemeral_keys/{id}", "EphemeralKeyDeleteParams", customer_sessions.delete_ephemeral_key),
    ("GET", "payouts", "PayoutListParams", payouts.list_payouts),
    ("GET", "payouts/{id}", "PayoutRetrieveParams", _retrieve("payouts")),
    ("POST", "payouts/{id}", "PayoutUpdateParams", payouts.update_payout),
    ("GET", "reviews", "ReviewListParams", radar.list_reviews),
    ("GET", "reviews/{id}", "ReviewRetrieveParams", _retrieve("reviews")),
    ("POST", "reviews/{id}/approve", "ReviewApproveParams", radar.approve_review),
    ("GET", "radar/early_fraud_warnings", "radar.EarlyFraudWarningListParams", radar.list_warnings),
    (
        "GET",
        "radar/early_fraud_warnings/{id}",
        "radar.EarlyFraudWarningRetrieveParams",
        _retrieve("early_fraud_warnings"),
    ),
    ("GET", "balance", "BalanceRetrieveParams", balance.retrieve_balance),
    ("GET", "balance_transactions", "BalanceTransactionListParams", balance.list_balance_transactions),
    (
        "GET",
        "balance_transactions/{id}",
        "BalanceTransactionRetrieveParams",
        _retrieve("balance_transactions"),
    ),
    ("POST", "webhook_endpoints", "WebhookEndpointCreateParams", webhook_endpoints.create_webhook_endpoint),
    ("GET", "webhook_endpoints", "WebhookEndpointListParams", webhook_endpoints.list_webhook_endpoints),
    ("GET", "webhook_endpoints/{id}", "WebhookEndpointRetrieveParams", webhook_endpoints.retrieve_webhook_endpoint),
    ("POST", "webhook_endpoints/{id}", "WebhookEndpointUpdateParams", webhook_endpoints.update_webhook_endpoint),
    ("DELETE", "webhook_endpoints/{id}", "WebhookEndpointDeleteParams", webhook_endpoints.delete_webhook_endpoint),
]


def _route(template: str, params_type: str, handler: Callable[..., Obj]) -> Route:
    parts = template.removeprefix("radar/").split("/")
    owner = parts[-1] if parts[-1].endswith("s") else parts[0]
    listed = params_type.endswith(("ListParams", "SearchParams"))
    return Route(handler, params_type, "{id}" in parts, owner.removesuffix("s"), listed)


ROUTES = {
    (method, *template.split("/")): _route(template, params_type, handler)
    for method, template, params_type, handler in _TABLE
}


def find_route(method: str, path: str) -> tuple[Route, str | None]:
    """Return the route of ``/v1/…`` and the id in the path; raises ``StripeFailure`` (404) for an unknown URL."""
    parts = path.removeprefix("/v1/").split("/")
    literal = ROUTES.get((method, *parts))
    if literal is not None:
        return literal, None
    for place in (1, 2):
        route = ROUTES.get((method, *parts[:place], "{id}", *parts[place + 1 :])) if len(parts) > place else None
        if route is not None:
            return route, parts[place]
    raise StripeFailure(404, f"No such URL in this sandbox: {method} {path}.", recorded=False)
