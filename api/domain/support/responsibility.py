"""Who is responsible for what, and in words: bills and the app are ours, hardware is the operator's (EP09, CK04)."""

from collections.abc import Mapping
from enum import StrEnum

from api.domain.language import language_of
from api.domain.support.forms import Topic


class Responsible(StrEnum):
    """Who is to solve a case."""

    US = "us"
    OPERATOR = "operator"


HARDWARE = frozenset({Topic.CHARGER, Topic.KEEPS_STOPPING, Topic.CHARGING_SESSION})
"""What happens at the charger: whoever runs it can mend it."""
_WORDS: Mapping[Responsible, Mapping[str, str]] = {
    Responsible.US: {
        "en": "We take care of this.",
        "de": "Darum kümmern wir uns.",
        "fr": "Nous nous en occupons.",
        "nb": "Dette tar vi oss av.",
        "sv": "Det här tar vi hand om.",
    },
    Responsible.OPERATOR: {
        "en": "{operator} runs this charger and takes care of it. Bills and the app are our part.",
        "de": "{operator} betreibt diese Ladestation und kümmert sich darum. Rechnungen und App sind unsere Sache.",
        "fr": "{operator} exploite cette borne et s'en occupe. Les factures et l'application sont notre affaire.",
        "nb": "{operator} driver denne laderen og tar seg av det. Regninger og appen er vår del.",
        "sv": "{operator} driver laddaren och tar hand om det. Fakturor och appen är vår del.",
    },
}
_SOMEBODY = {"en": "The operator", "de": "Der Betreiber", "fr": "L'opérateur", "nb": "Operatøren", "sv": "Operatören"}


def responsible_for(topic: str, *, charger_known: bool, operated_by_us: bool) -> Responsible:
    """Return who is to solve a case about a topic at a charger."""
    if topic in HARDWARE and charger_known and not operated_by_us:
        return Responsible.OPERATOR
    return Responsible.US


def responsibility_text(who: Responsible, operator: str | None, language: str) -> str:
    """Return it in words; an operator without a name is called one."""
    spoken = language_of(language)
    return _WORDS[who][spoken].format(operator=operator or _SOMEBODY[spoken])
