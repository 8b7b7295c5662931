"""The words of the problems: a title, and what the app should do next, by code.

A code without an entry gets its title from its own words and the advice of its kind, so that no error is ever bare.
Codes are written as the errors carry them (lower_snake); on the wire they are kebab-case.
"""

from api.routes.app.problem_text import NextAction, ProblemText
from api.routes.app.problem_texts_account import ACCOUNT_TEXTS
from api.routes.app.problem_texts_complaints import COMPLAINT_TEXTS
from api.routes.app.problem_texts_diagnosis import DIAGNOSIS_TEXTS
from api.routes.app.problem_texts_help import HELP_TEXTS
from api.routes.app.problem_texts_knowledge import KNOWLEDGE_TEXTS
from api.routes.app.problem_texts_offers import OFFER_TEXTS
from api.routes.app.problem_texts_own import OWN_TEXTS

TEXTS = ACCOUNT_TEXTS | {
    **DIAGNOSIS_TEXTS,
    **HELP_TEXTS,
    **KNOWLEDGE_TEXTS,
    **COMPLAINT_TEXTS,
    **OFFER_TEXTS,
    **OWN_TEXTS,
    "invalid_request": ProblemText(
        "The request cannot be understood", "Some fields are missing or wrong; see `errors`.", NextAction.CHANGE_REQUEST
    ),
    "malformed_request": ProblemText(
        "The request cannot be read", "The request is not written as the documentation says.", NextAction.CHANGE_REQUEST
    ),
    "unknown_query_parameter": ProblemText(
        "A query parameter is not known", "Remove the parameters in `facts.unknown`.", NextAction.CHANGE_REQUEST
    ),
    "idempotency_key_missing": ProblemText(
        "The Idempotency-Key is missing",
        "Send a fresh random value in `Idempotency-Key`, and the same one when you repeat the request.",
        NextAction.CHANGE_REQUEST,
    ),
    "idempotency_key_reused": ProblemText(
        "The Idempotency-Key belongs to another request",
        "A new request needs a fresh key.",
        NextAction.CHANGE_REQUEST,
    ),
    "request_in_flight": ProblemText(
        "The same request is still running",
        "Repeat it with the same key soon.",
        NextAction.RETRY,
        retryable=True,
    ),
    "body_too_large": ProblemText(
        "The body is too large", "No request of this API needs so much.", NextAction.CHANGE_REQUEST
    ),
    "body_too_slow": ProblemText("The body came too slowly", "Send it again.", NextAction.RETRY, retryable=True),
    "access_token_refused": ProblemText("You are not signed in", "Sign in first.", NextAction.SIGN_IN),
    "access_token_expired": ProblemText(
        "The access token has expired", "Exchange the refresh token.", NextAction.REFRESH_TOKEN, retryable=True
    ),
    "too_many_attempts": ProblemText(
        "Too many attempts", "Wait as long as `Retry-After` says, then try again.", NextAction.RETRY, retryable=True
    ),
    "still_going_on": ProblemText(
        "The charge is not over", "Stop it or give it up before you start again.", NextAction.SHOW_ACTIVE
    ),
    "not_at_this_site": ProblemText(
        "That connector is somewhere else",
        "Another try is for the same site; ask for an ordinary quote.",
        NextAction.NEW_QUOTE,
    ),
    "nothing_to_switch": ProblemText(
        "There is nothing to switch to", "The charge went on meanwhile; read it again.", NextAction.RELOAD
    ),
    "precondition_missing": ProblemText(
        "The If-Match header is missing",
        "Send the ETag of what you read, so that no other change is lost.",
        NextAction.CHANGE_REQUEST,
    ),
    "precondition_failed": ProblemText(
        "It was changed meanwhile", "Read it again, then repeat the change.", NextAction.RELOAD
    ),
    "not_found": ProblemText("There is nothing here", "Check the address.", NextAction.NONE),
    "method_not_allowed": ProblemText("Not possible here", "Another method is meant.", NextAction.CHANGE_REQUEST),
    "unknown_charging_session": ProblemText(
        "No such charging session", "It does not exist or is not yours.", NextAction.NONE
    ),
    "unknown_connector": ProblemText("No such connector", "It may have been removed.", NextAction.RELOAD),
    "unknown_location": ProblemText("No such location", "It may have been removed.", NextAction.RELOAD),
    "no_contact": ProblemText(
        "There is no line to call", "None is known for this country, role and product.", NextAction.NONE
    ),
    "unknown_time_zone": ProblemText(
        "No such time zone", "Send an IANA zone such as Europe/Vienna.", NextAction.CHANGE_REQUEST
    ),
    "country_missing": ProblemText(
        "The country is missing", "Send `country`, or `location_id` of the charger.", NextAction.CHANGE_REQUEST
    ),
    "bad_coordinates": ProblemText(
        "These are no coordinates", "Degrees: latitude up to 90, longitude up to 180.", NextAction.CHANGE_REQUEST
    ),
    "no_receipt_yet": ProblemText(
        "There is no receipt yet", "It comes once the final price is known.", NextAction.RETRY, retryable=True
    ),
    "unknown_paper": ProblemText("No such receipt", "It does not exist or is not yours.", NextAction.NONE),
    "paper_unprintable": ProblemText(
        "This paper cannot be shown as PDF", "Its document is there; please ask us.", NextAction.NONE
    ),
    "too_many_resends": ProblemText(
        "It was sent often enough",
        "Look into your spam folder, or wait as long as `Retry-After` says.",
        NextAction.RETRY,
        retryable=True,
    ),
    "quote_expired": ProblemText(
        "The price is out of date",
        "Show the fresh quote in `facts.quote`; where there is none, ask for a new quote.",
        NextAction.NEW_QUOTE,
    ),
    "consent_differs": ProblemText(
        "The consent does not match the quote", "Show the amount of the quote and ask again.", NextAction.NEW_QUOTE
    ),
    "unknown_vehicle_model": ProblemText(
        "No such car", "Search for the car again, or ask without one.", NextAction.CHANGE_REQUEST
    ),
    "percent_invalid": ProblemText(
        "The battery cannot be charged backwards", "`from_percent` is at most `to_percent`.", NextAction.CHANGE_REQUEST
    ),
    "unknown_quote": ProblemText("No such quote", "Ask for a new quote.", NextAction.NEW_QUOTE),
    "price_unknown": ProblemText(
        "The price is not known", "Ask the driver, then send `accept_unknown_price: true`.", NextAction.CONFIRM
    ),
    "nothing_to_stop": ProblemText("There is nothing to stop", "Reload the charging session.", NextAction.RELOAD),
    "no_card_saved": ProblemText("There is no card", "Add a card first.", NextAction.CHANGE_CARD),
    "cursor_refused": ProblemText("The cursor is not ours", "Begin at the first page.", NextAction.CHANGE_REQUEST),
    "confirmation_required": ProblemText(
        "Do you want to stop?", "Ask the driver, then send `confirm: true`.", NextAction.CONFIRM
    ),
    "connector_busy": ProblemText(
        "This connector is in use", "Choose another one.", NextAction.CHOOSE_ANOTHER_CONNECTOR
    ),
    "driver_busy": ProblemText("You are charging already", "Show that charge.", NextAction.SHOW_ACTIVE),
    "wallet_too_low": ProblemText(
        "There is not enough in your wallet", "Top it up: a start needs `facts.minimum`.", NextAction.TOP_UP
    ),
    "wallet_below_zero": ProblemText(
        "Your wallet is below zero", "Top it up before the next charge.", NextAction.TOP_UP
    ),
    "wallet_blocked": ProblemText("Your wallet is blocked", "Pay with a card, or ask us.", NextAction.CHANGE_PAYER),
    "no_wallet_for_currency": ProblemText(
        "There are no wallets in this currency", "Pay with a card.", NextAction.CHANGE_PAYER
    ),
    "not_a_fleet_member": ProblemText(
        "No fleet pays for you here", "Pay with a card or your wallet.", NextAction.CHANGE_PAYER
    ),
    "receivable_open": ProblemText(
        "Something is still to be paid", "Pay what is open of earlier charges first.", NextAction.PAY_OPEN
    ),
    "top_up_out_of_bounds": ProblemText(
        "This amount cannot be paid in", "Choose one between `facts.least` and `facts.most`.", NextAction.CHANGE_REQUEST
    ),
    "unknown_top_up": ProblemText("No such top-up", "It does not exist or is not yours.", NextAction.NONE),
    "unknown_wallet_refund": ProblemText("No such request", "It does not exist or is not yours.", NextAction.NONE),
    "not_refundable": ProblemText(
        "So much cannot be paid back", "At most `facts.to_cards` can go back to cards.", NextAction.CHANGE_REQUEST
    ),
    "nothing_to_pay": ProblemText("There is nothing to pay", "Reload the charging session.", NextAction.RELOAD),
    "payment_in_progress": ProblemText(
        "Another payment is being taken back",
        "The bill changed meanwhile. Try again shortly.",
        NextAction.RETRY,
        retryable=True,
    ),
    "driver_cap_too_low": ProblemText(
        "Your limit is too low", "No charge can be held for less than `facts.least`.", NextAction.CHANGE_REQUEST
    ),
    "no_hold_for_currency": ProblemText(
        "We cannot take this currency yet", "Choose another charger.", NextAction.CHOOSE_ANOTHER_CONNECTOR
    ),
    "not_startable": ProblemText(
        "Charging cannot be started here with the app", "Choose another connector.", NextAction.CHOOSE_ANOTHER_CONNECTOR
    ),
    "nothing_held": ProblemText("Nothing was held", "There is nothing to ask a bank about.", NextAction.NONE),
    "no_hold": ProblemText("There is no hold", "This charge was not secured on a card.", NextAction.NONE),
    "hold_not_extendable": ProblemText(
        "The hold cannot be raised",
        "See `facts.reason`; the charge goes on until the hold is used up.",
        NextAction.NONE,
    ),
    "extension_invalid": ProblemText(
        "The amount does not raise the hold", "It must be above `facts.amount_minor`.", NextAction.CHANGE_REQUEST
    ),
    "not_charging": ProblemText("Nothing is charging", "Reload the charging session.", NextAction.RELOAD),
    "preferences_not_offered": ProblemText(
        "Wishes cannot be passed on here",
        "See `facts.reason`: this charger, or its operator, does not take any. Charging goes on as before.",
        NextAction.NONE,
    ),
    "departure_passed": ProblemText("The departure is in the past", "Choose a later time.", NextAction.CHANGE_REQUEST),
    "payment_unavailable": ProblemText(
        "Card payments do not work right now",
        "Nothing was reserved. Try again after `Retry-After`, or pay in another way.",
        NextAction.RETRY,
        retryable=True,
    ),
    "hold_declined": ProblemText("The bank said no", "Use another card.", NextAction.CHANGE_CARD),
    "card_missing": ProblemText("There is no card", "Add a card first.", NextAction.CHANGE_CARD),
    "unknown_card": ProblemText("No such card", "It does not exist, was removed, or is not yours.", NextAction.RELOAD),
    "unknown_card_setup": ProblemText("No such card is being added", "Begin again.", NextAction.RELOAD),
    "card_in_use": ProblemText(
        "This card is still needed",
        "A charge holds money on it or is not paid yet: remove it once that charge is settled.",
        NextAction.RELOAD,
    ),
    "processor_outcome_unknown": ProblemText(
        "The payment service did not answer", "Repeat it with the same key shortly.", NextAction.RETRY, retryable=True
    ),
    "processor_refused": ProblemText("The payment service said no", "Begin again.", NextAction.RELOAD),
    "service_unavailable": ProblemText(
        "We cannot answer right now", "Please try again shortly.", NextAction.RETRY, retryable=True
    ),
    "internal_error": ProblemText(
        "Something went wrong on our side", "It was noted. Please try again shortly.", NextAction.RETRY, retryable=True
    ),
}
