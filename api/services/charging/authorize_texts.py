"""Why a token may not charge, in the driver's language: short, since a charger's display shows it."""

from typing import Final

from api.domain.language import language_of

_OTHERWISE: Final = "no_credit"
_TEXTS: Final[dict[str, dict[str, str]]] = {
    "pass_blocked": {
        "en": "This card is blocked. Start the charge in the app, or ask our support.",
        "de": "Diese Karte ist gesperrt. Starten Sie in der App, oder fragen Sie unseren Support.",
        "fr": "Cette carte est bloquée. Démarrez la charge dans l'application ou contactez notre assistance.",
        "nb": "Dette kortet er sperret. Start ladingen i appen, eller kontakt kundestøtten vår.",
        "sv": "Kortet är spärrat. Starta laddningen i appen eller kontakta vår support.",
    },
    "account_inactive": {
        "en": "Your account is not active. Please look into the app.",
        "de": "Ihr Konto ist nicht aktiv. Bitte sehen Sie in der App nach.",
        "fr": "Votre compte n'est pas actif. Consultez l'application.",
        "nb": "Kontoen din er ikke aktiv. Se i appen.",
        "sv": "Ditt konto är inte aktivt. Se i appen.",
    },
    "passes_off": {
        "en": "Cards cannot start a charge at present. Start it in the app.",
        "de": "Laden mit Karte ist derzeit nicht möglich. Starten Sie in der App.",
        "fr": "La charge par carte n'est pas possible actuellement. Démarrez-la dans l'application.",
        "nb": "Lading med kort er ikke mulig for øyeblikket. Start ladingen i appen.",
        "sv": "Laddning med kort är inte möjlig just nu. Starta laddningen i appen.",
    },
    "token_used": {
        "en": "This charge is over. Start a new one in the app.",
        "de": "Dieser Ladevorgang ist beendet. Starten Sie in der App einen neuen.",
        "fr": "Cette charge est terminée. Démarrez-en une nouvelle dans l'application.",
        "nb": "Denne ladingen er avsluttet. Start en ny i appen.",
        "sv": "Den här laddningen är avslutad. Starta en ny i appen.",
    },
    "reservation_only": {
        "en": "This is a reservation only. Start the charge in the app.",
        "de": "Dies ist nur eine Reservierung. Starten Sie das Laden in der App.",
        "fr": "Ceci n'est qu'une réservation. Démarrez la charge dans l'application.",
        "nb": "Dette er bare en reservasjon. Start ladingen i appen.",
        "sv": "Detta är bara en reservation. Starta laddningen i appen.",
    },
    "receivable_open": {
        "en": "Unpaid charges must be paid first. Please look into the app.",
        "de": "Offene Beträge müssen zuerst bezahlt werden. Bitte sehen Sie in der App nach.",
        "fr": "Des charges impayées doivent d'abord être réglées. Consultez l'application.",
        "nb": "Ubetalte ladinger må betales først. Se i appen.",
        "sv": "Obetalda laddningar måste betalas först. Se i appen.",
    },
    _OTHERWISE: {
        "en": "There is no way to pay for this charge. Please look into the app.",
        "de": "Für diese Ladung gibt es keine gültige Zahlungsart. Bitte sehen Sie in der App nach.",
        "fr": "Aucun moyen de paiement ne permet cette charge. Consultez l'application.",
        "nb": "Det er ingen gyldig betalingsmåte for denne ladingen. Se i appen.",
        "sv": "Det finns inget giltigt betalsätt för den här laddningen. Se i appen.",
    },
}

_TEXTS["token_retired"] = _TEXTS["token_used"]
_TEXTS["pass_expired"] = _TEXTS["pass_blocked"]


def text_of(reason: str, language: str) -> str:
    """Return why a token may not charge, in a language that we write in."""
    return _TEXTS.get(reason, _TEXTS[_OTHERWISE])[language_of(language)]
