"""The movements of a wallet in the languages of its drivers."""

from api.domain.language import language_of

_WORDS = {
    "top_up": {
        "en": "Top-up",
        "de": "Aufladung",
        "fr": "Recharge du compte",
        "nb": "Påfylling",
        "sv": "Påfyllning",
    },
    "charge": {
        "en": "Charging",
        "de": "Ladevorgang",
        "fr": "Charge du véhicule",
        "nb": "Lading",
        "sv": "Laddning",
    },
    "refund": {
        "en": "Refund of a charge",
        "de": "Erstattung eines Ladevorgangs",
        "fr": "Remboursement d’une charge",
        "nb": "Refusjon for lading",
        "sv": "Återbetalning för laddning",
    },
    "paid_back": {
        "en": "Paid back to your card",
        "de": "Auszahlung auf Ihre Karte",
        "fr": "Remboursement sur votre carte",
        "nb": "Utbetalt til kortet ditt",
        "sv": "Utbetalt till ditt kort",
    },
    "paid_back_failed": {
        "en": "Payment to your card came back",
        "de": "Auszahlung auf Ihre Karte kam zurück",
        "fr": "Le remboursement sur votre carte nous est revenu",
        "nb": "Utbetalingen til kortet kom i retur",
        "sv": "Utbetalningen till kortet kom tillbaka",
    },
    "help": {
        "en": "Help that you agreed to pay for",
        "de": "Kostenpflichtige Hilfe",
        "fr": "Assistance payante",
        "nb": "Hjelp mot betaling",
        "sv": "Hjälp mot betalning",
    },
    "help_refund": {
        "en": "Refund of paid help",
        "de": "Erstattung kostenpflichtiger Hilfe",
        "fr": "Remboursement d’une assistance payante",
        "nb": "Refusjon av betalt hjelp",
        "sv": "Återbetalning av betald hjälp",
    },
    "other": {"en": "Movement", "de": "Buchung", "fr": "Mouvement", "nb": "Postering", "sv": "Bokning"},
}
"""By kind and language; a test holds that no language misses a word."""


def word_for(kind: str, language: str) -> str:
    """Return a kind of movement in a driver's language, in English where we do not speak it."""
    return _WORDS.get(kind, _WORDS["other"])[language_of(language)]
