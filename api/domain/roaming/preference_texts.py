"""What became of a driver's charging preferences, in the languages that we speak."""

from collections.abc import Mapping
from enum import StrEnum

from api.domain.language import language_of


class PreferencesOutcome(StrEnum):
    """How preferences ended: the operator's word (``PreferencesAnswer``), or why there is none."""

    SENDING = "sending"
    ACCEPTED = "accepted"
    DEPARTURE_REQUIRED = "departure_required"
    ENERGY_NEED_REQUIRED = "energy_need_required"
    NOT_POSSIBLE = "not_possible"
    PROFILE_TYPE_NOT_SUPPORTED = "profile_type_not_supported"
    OPERATOR_REFUSED = "operator_refused"
    """It answered with an error, or with nonsense."""
    OPERATOR_UNREACHABLE = "operator_unreachable"
    """We gave up after several tries."""
    CHARGE_OVER = "charge_over"
    """Charging ended before they could be sent."""
    REPLACED = "replaced"
    """The driver sent others meanwhile."""


_O = PreferencesOutcome
TEXTS: Mapping[PreferencesOutcome, Mapping[str, str]] = {
    _O.SENDING: {
        "en": "We are passing your wishes on to the operator.",
        "de": "Wir geben Ihre Wünsche gerade an den Betreiber weiter.",
        "fr": "Nous transmettons vos souhaits à l'exploitant.",
        "nb": "Vi sender ønskene dine videre til operatøren.",
        "sv": "Vi skickar dina önskemål vidare till operatören.",
    },
    _O.ACCEPTED: {
        "en": "The charger will try to follow your wishes. This is no guarantee.",
        "de": "Die Ladestation versucht, Ihren Wünschen zu folgen. Eine Garantie ist das nicht.",
        "fr": "La borne essaiera de suivre vos souhaits, sans garantie.",
        "nb": "Laderen prøver å følge ønskene dine. Det er ingen garanti.",
        "sv": "Laddaren försöker följa dina önskemål. Det är ingen garanti.",
    },
    _O.DEPARTURE_REQUIRED: {
        "en": "The operator also needs to know when you leave.",
        "de": "Der Betreiber muss auch wissen, wann Sie losfahren.",
        "fr": "L'exploitant doit aussi savoir quand vous partez.",
        "nb": "Operatøren må også vite når du drar.",
        "sv": "Operatören behöver också veta när du åker.",
    },
    _O.ENERGY_NEED_REQUIRED: {
        "en": "The operator also needs to know how much energy you need.",
        "de": "Der Betreiber muss auch wissen, wie viel Energie Sie brauchen.",
        "fr": "L'exploitant doit aussi savoir de combien d'énergie vous avez besoin.",
        "nb": "Operatøren må også vite hvor mye energi du trenger.",
        "sv": "Operatören behöver också veta hur mycket energi du behöver.",
    },
    _O.NOT_POSSIBLE: {
        "en": "The charger cannot do this. Ask for less, or leave later.",
        "de": "Das schafft die Ladestation nicht. Wünschen Sie weniger, oder fahren Sie später los.",
        "fr": "La borne ne peut pas le faire. Demandez moins ou partez plus tard.",
        "nb": "Laderen klarer ikke dette. Be om mindre, eller dra senere.",
        "sv": "Laddaren klarar inte det här. Be om mindre, eller åk senare.",
    },
    _O.PROFILE_TYPE_NOT_SUPPORTED: {
        "en": "This way of charging is not offered here. Choose another one.",
        "de": "Diese Art zu laden gibt es hier nicht. Wählen Sie eine andere.",
        "fr": "Ce mode de charge n'est pas proposé ici. Choisissez-en un autre.",
        "nb": "Denne lademåten tilbys ikke her. Velg en annen.",
        "sv": "Det här laddsättet finns inte här. Välj ett annat.",
    },
    _O.OPERATOR_REFUSED: {
        "en": "The operator did not take your wishes. Charging goes on as before.",
        "de": "Der Betreiber hat Ihre Wünsche nicht angenommen. Das Laden geht weiter wie bisher.",
        "fr": "L'exploitant n'a pas pris en compte vos souhaits. La charge continue comme avant.",
        "nb": "Operatøren tok ikke imot ønskene dine. Ladingen fortsetter som før.",
        "sv": "Operatören tog inte emot dina önskemål. Laddningen fortsätter som förut.",
    },
    _O.OPERATOR_UNREACHABLE: {
        "en": "We could not reach the operator. Charging goes on as before.",
        "de": "Wir konnten den Betreiber nicht erreichen. Das Laden geht weiter wie bisher.",
        "fr": "Nous n'avons pas pu joindre l'exploitant. La charge continue comme avant.",
        "nb": "Vi fikk ikke kontakt med operatøren. Ladingen fortsetter som før.",
        "sv": "Vi fick inte kontakt med operatören. Laddningen fortsätter som förut.",
    },
    _O.CHARGE_OVER: {
        "en": "Charging ended before your wishes could be passed on.",
        "de": "Das Laden war zu Ende, bevor wir Ihre Wünsche weitergeben konnten.",
        "fr": "La charge s'est terminée avant que nous puissions transmettre vos souhaits.",
        "nb": "Ladingen var over før vi kunne sende ønskene dine videre.",
        "sv": "Laddningen var över innan vi kunde skicka dina önskemål vidare.",
    },
    _O.REPLACED: {
        "en": "You sent other wishes since then.",
        "de": "Sie haben seitdem andere Wünsche gesendet.",
        "fr": "Vous avez envoyé d'autres souhaits depuis.",
        "nb": "Du har sendt andre ønsker siden.",
        "sv": "Du har skickat andra önskemål sedan dess.",
    },
}


def outcome_text(outcome: PreferencesOutcome, language: str) -> str:
    """Return what became of preferences in a language that we speak."""
    return TEXTS[outcome][language_of(language)]
