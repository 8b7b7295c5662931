"""What a driver reads of a refund: where it stands, in their language, and by when a bank should show it.

Banks work on weekdays and take five to ten of them (https://docs.stripe.com/refunds). Public holidays differ by bank
and country, so they are not counted: a date that is a day early is asked about once, and never promised.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from api.domain.language import language_of

BANK_DAYS = 10
_SATURDAY = 5


class RefundStep(StrEnum):
    """Where a refund stands, for its driver."""

    IN_REVIEW = "in_review"
    ORDERED = "ordered"
    SENT = "sent"
    DELAYED = "delayed"
    PAID_OTHERWISE = "paid_otherwise"


_TEXTS: dict[RefundStep, dict[str, str]] = {
    RefundStep.IN_REVIEW: {
        "en": "We are checking your refund.",
        "de": "Wir prüfen deine Erstattung.",
        "fr": "Nous vérifions votre remboursement.",
        "nb": "Vi kontrollerer refusjonen din.",
        "sv": "Vi granskar din återbetalning.",
    },
    RefundStep.ORDERED: {
        "en": "Your refund is ordered.",
        "de": "Deine Erstattung ist veranlasst.",
        "fr": "Votre remboursement est demandé.",
        "nb": "Refusjonen din er bestilt.",
        "sv": "Din återbetalning är beställd.",
    },
    RefundStep.SENT: {
        "en": "Your refund is on its way to your card.",
        "de": "Deine Erstattung ist unterwegs auf deine Karte.",
        "fr": "Votre remboursement est en route vers votre carte.",
        "nb": "Refusjonen er på vei til kortet ditt.",
        "sv": "Återbetalningen är på väg till ditt kort.",
    },
    RefundStep.DELAYED: {
        "en": "The refund did not reach your card. We will pay you in another way.",
        "de": "Die Erstattung kam nicht auf deiner Karte an. Wir zahlen sie dir auf anderem Weg.",
        "fr": "Le remboursement n’est pas arrivé sur votre carte. Nous vous paierons autrement.",
        "nb": "Refusjonen kom ikke frem til kortet ditt. Vi betaler deg på en annen måte.",
        "sv": "Återbetalningen nådde inte ditt kort. Vi betalar dig på annat sätt.",
    },
    RefundStep.PAID_OTHERWISE: {
        "en": "We paid your refund in another way.",
        "de": "Wir haben dir die Erstattung auf anderem Weg gezahlt.",
        "fr": "Nous vous avons remboursé autrement.",
        "nb": "Vi har betalt refusjonen på en annen måte.",
        "sv": "Vi har betalat din återbetalning på annat sätt.",
    },
}


def refund_text(step: RefundStep, language: str) -> str:
    """Return the words for a step, in English where the language is not one of ours."""
    return _TEXTS[step][language_of(language)]


def expected_by(sent_at: datetime) -> datetime:
    """Return when ten bank days are over: weekends do not count."""
    day, left = sent_at, BANK_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day
