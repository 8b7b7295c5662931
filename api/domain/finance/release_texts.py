"""The advice about a hold in the driver's words, in the languages that we speak. Codes are in ``release_advice.py``."""

from collections.abc import Mapping

from api.domain.finance.release_advice import Advice
from api.domain.language import language_of

"""Languages that are understood in another one."""

TEXTS: Mapping[Advice, Mapping[str, str]] = {
    Advice.BEING_RESERVED: {
        "en": "The amount is being reserved on your card.",
        "de": "Der Betrag wird gerade auf Ihrer Karte reserviert.",
        "fr": "Le montant est en cours de réservation sur votre carte.",
        "nb": "Beløpet blir nå reservert på kortet ditt.",
        "sv": "Beloppet reserveras just nu på ditt kort.",
    },
    Advice.CONFIRM_WITH_BANK: {
        "en": "Your bank wants you to confirm the reservation. Nothing is reserved until you do.",
        "de": "Ihre Bank bittet Sie, die Reservierung zu bestätigen. Bis dahin ist nichts reserviert.",
        "fr": "Votre banque vous demande de confirmer la réservation. Rien n'est réservé d'ici là.",
        "nb": "Banken ber deg bekrefte reservasjonen. Ingenting er reservert før du har gjort det.",
        "sv": "Din bank vill att du bekräftar reservationen. Inget är reserverat förrän du har gjort det.",
    },
    Advice.NOTHING_RESERVED: {
        "en": "Nothing is reserved on your card, and nothing was charged.",
        "de": "Auf Ihrer Karte ist nichts reserviert, und es wurde nichts abgebucht.",
        "fr": "Rien n'est réservé sur votre carte et rien n'a été débité.",
        "nb": "Ingenting er reservert på kortet ditt, og ingenting er belastet.",
        "sv": "Inget är reserverat på ditt kort och inget har debiterats.",
    },
    Advice.RESERVED: {
        "en": "The amount is reserved, not charged. Only the real cost is taken; the rest is released right after.",
        "de": "Der Betrag ist reserviert, nicht abgebucht. Nur die tatsächlichen Kosten werden abgebucht, der Rest wird"
        " gleich danach freigegeben.",
        "fr": "Le montant est réservé, pas débité. Seul le coût réel sera prélevé ; le reste est libéré aussitôt.",
        "nb": "Beløpet er reservert, ikke belastet. Bare den faktiske kostnaden trekkes; resten frigis rett etterpå.",
        "sv": "Beloppet är reserverat, inte debiterat. Bara den faktiska kostnaden dras; resten släpps direkt efteråt.",
    },
    Advice.BEING_RELEASED: {
        "en": "We are releasing the reservation right now.",
        "de": "Wir geben die Reservierung gerade frei.",
        "fr": "Nous libérons la réservation en ce moment même.",
        "nb": "Vi frigir reservasjonen akkurat nå.",
        "sv": "Vi släpper reservationen just nu.",
    },
    Advice.CHARGED_IN_FULL: {
        "en": "The whole reserved amount was charged. There is nothing left to release.",
        "de": "Der gesamte reservierte Betrag wurde abgebucht. Es gibt nichts mehr freizugeben.",
        "fr": "La totalité du montant réservé a été débitée. Il ne reste rien à libérer.",
        "nb": "Hele det reserverte beløpet er belastet. Det er ingenting igjen å frigi.",
        "sv": "Hela det reserverade beloppet har debiterats. Det finns inget kvar att släppa.",
    },
    Advice.WAIT_FOR_BANK: {
        "en": "We have released what was not needed. Banks usually show it within 7 days, some take up to 30.",
        "de": "Wir haben freigegeben, was nicht gebraucht wurde. Banken zeigen das meist innerhalb von 7 Tagen an,"
        " manche brauchen bis zu 30.",
        "fr": "Nous avons libéré ce qui n'était pas nécessaire. La banque l'affiche en général sous 7 jours, parfois"
        " jusqu'à 30.",
        "nb": "Vi har frigitt det som ikke var nødvendig. Bankene viser det vanligvis innen 7 dager, noen bruker opptil"
        " 30.",
        "sv": "Vi har släppt det som inte behövdes. Banken visar det oftast inom 7 dagar, ibland upp till 30.",
    },
    Advice.ASK_BANK: {
        "en": "We released the reservation more than 30 days ago. If your bank still shows it, ask your bank first: the"
        " letter with its history proves the release.",
        "de": "Wir haben die Reservierung vor mehr als 30 Tagen freigegeben. Zeigt Ihre Bank sie noch an, fragen Sie"
        " zuerst Ihre Bank: Das Schreiben mit dem Verlauf belegt die Freigabe.",
        "fr": "Nous avons libéré la réservation il y a plus de 30 jours. Si votre banque l'affiche encore,"
        " adressez-vous d'abord à elle : la lettre avec l'historique prouve la libération.",
        "nb": "Vi frigav reservasjonen for mer enn 30 dager siden. Viser banken den fortsatt, spør banken først: brevet"
        " med historikken beviser frigivelsen.",
        "sv": "Vi släppte reservationen för mer än 30 dagar sedan. Visar banken den fortfarande, fråga banken först:"
        " brevet med historiken bevisar att den är släppt.",
    },
}


def advice_text(advice: Advice, language: str) -> str:
    """Return the advice in a language that we speak."""
    return TEXTS[advice][language_of(language)]
