"""What to do next with a pass, in the driver's language."""

from typing import Final

from api.domain.language import language_of
from api.domain.passes import NextStep

_TEXTS: Final[dict[NextStep, dict[str, str]]] = {
    NextStep.ORDER: {
        "en": "Order a charging pass in the app first.",
        "de": "Bestellen Sie zuerst in der App eine Ladekarte.",
        "fr": "Commandez d'abord une carte de recharge dans l'application.",
        "nb": "Bestill først et ladekort i appen.",
        "sv": "Beställ först ett laddkort i appen.",
    },
    NextStep.WAIT: {
        "en": "Your pass is ordered and will be sent to you soon.",
        "de": "Ihre Ladekarte ist bestellt und wird bald verschickt.",
        "fr": "Votre carte est commandée et vous sera bientôt envoyée.",
        "nb": "Ladekortet ditt er bestilt og sendes snart.",
        "sv": "Ditt laddkort är beställt och skickas snart.",
    },
    NextStep.RECEIVE: {
        "en": "Your pass is on its way. When it is there, confirm it in the app and activate it.",
        "de": "Ihre Ladekarte ist unterwegs. Bestätigen Sie den Empfang in der App und aktivieren Sie sie.",
        "fr": "Votre carte est en route. À son arrivée, confirmez sa réception dans l'application et activez-la.",
        "nb": "Ladekortet er på vei. Bekreft i appen når du har fått det, og aktiver det.",
        "sv": "Ditt laddkort är på väg. Bekräfta i appen när du har fått det och aktivera det.",
    },
    NextStep.ACTIVATE: {
        "en": "Activate your pass with the code that is printed on it.",
        "de": "Aktivieren Sie Ihre Ladekarte mit dem aufgedruckten Code.",
        "fr": "Activez votre carte avec le code imprimé dessus.",
        "nb": "Aktiver ladekortet med koden som er trykt på det.",
        "sv": "Aktivera laddkortet med koden som är tryckt på det.",
    },
}


def step_text(step: NextStep, language: str) -> str:
    """Return what to do, in a language that we write in."""
    return _TEXTS[step][language_of(language)]
