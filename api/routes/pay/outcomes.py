"""Calm sentences: what became of a start that came to nothing, and why no charge can be started here."""

from dataclasses import dataclass

from api.domain.charging.state import ChargingStatus
from api.domain.errors import AppError
from api.routes.pay.words import Translate
from api.services.charging.view import ChargeView


@dataclass(frozen=True, slots=True)
class Outcome:
    """A heading and what to know about it."""

    title: str
    text: str


def outcome_of(charge: ChargeView, say: Translate) -> Outcome:
    """Return what became of a start that led back to the offer."""
    code = charge.row.failure_code or ""
    if charge.status == ChargingStatus.DECLINED:
        return Outcome(say("Your card was declined"), _declined(code, say))
    if charge.status == ChargingStatus.START_FAILED:
        return Outcome(say("The charger did not start"), _failed(code, say))
    if code == "payment_unavailable":
        return Outcome(say("The payment service did not answer"), say("Nothing was started. Please try again shortly."))
    return Outcome(say("Not started"), say("This attempt is over. You can start again."))


def _declined(code: str, say: Translate) -> str:
    if code == "insufficient_funds":
        return say("There is not enough money on it for the amount that must be reserved. Please use another card.")
    if "authentication" in code:
        return say("Your bank could not confirm that it is you. Nothing was reserved. Try again or use another card.")
    return say("Your bank said no and does not tell us why. Nothing was reserved. Please use another card.")


def _failed(code: str, say: Translate) -> str:
    words = {
        "charger_offline": say("It cannot be reached at the moment. Please try another charger at this site."),
        "charger_out_of_order": say("It reports a fault. Please try another charger at this site."),
        "connector_occupied": say("It says that it is in use. Unplug, wait a moment and try again."),
    }
    return words.get(code, say("Check that the plug sits firmly at the car and at the charger, then try again."))


def refusal_of(refusal: AppError, say: Translate) -> Outcome:
    """Return why no charge can be started at a connector now."""
    reason = str(refusal.facts.get("reason") or "")
    words = {
        "no_remote_start": say("This charger cannot be started from a page."),
        "out_of_order": say("This charger reports a fault."),
        "inoperative": say("This charger is out of service."),
    }
    text = words.get(reason, say("The operator cannot be reached at the moment."))
    return Outcome(say("No charging here right now"), text)


def problem_of(error: AppError, say: Translate) -> Outcome:
    """Return what a visitor is told of an error: no more than a stranger may know."""
    too_old = (
        say("This code is too old"),
        say("Codes on the charger's display change all the time. Please scan the display again."),
    )
    known = {
        "code_stale": too_old,
        "account_closing": too_old,  # the account with this address is erased, and this visit with it: begin anew
        "wrong_digits": (say("These digits do not fit"), say("Type the six digits that the display shows now.")),
        "too_many_tries": (say("Too many tries"), say("Please wait a quarter of an hour, or scan the display.")),
        "connector_busy": (
            say("Somebody charges here already"),
            say("Nothing was reserved. If it is you, open the page of your charge again, or take another charger."),
        ),
        "quote_expired": (say("The price is out of date"), say("Here is the price as it is now.")),
        "email_unusable": (say("Check your e-mail address"), say("We need it to send you the receipt.")),
        "card_needed": (say("Please enter a card"), say("The amount reserved before has been released.")),
        "payment_unavailable": (
            say("The payment service did not answer"),
            say("Nothing was started. Please try again shortly."),
        ),
        "no_receipt_yet": (say("No receipt yet"), say("The operator has not sent the bill. We will mail it to you.")),
        "nothing_to_pay": (say("Nothing is open"), say("There is nothing to pay for this charge.")),
    }
    lost = (say("This page does not exist"), say("The link is incomplete or was not made by us."))
    later = (say("This did not work"), say("Nothing was charged. Please try again shortly."))
    title, text = known.get(error.code, lost if error.code.startswith("unknown_") else later)
    return Outcome(title, text)
