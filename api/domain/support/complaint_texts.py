"""The answers to complaints in the driver's words, in five languages, with their figures and units."""

from collections.abc import Mapping
from typing import Any

from api.domain.language import language_of
from api.domain.money import Money
from api.domain.notices.texts import amount_text
from api.domain.support.complaint import ComplaintState, Ruling
from api.domain.support.triage_facts import Answer

_UNKNOWN = "…"

ANSWERS: Mapping[Answer, Mapping[str, str]] = {
    Answer.ZERO_ENERGY: {
        "en": "The charger and its operator's bill both say 0 kWh. We give back all of it: {back}.",
        "de": "Ladesäule und Rechnung des Betreibers nennen beide 0 kWh. Wir geben Ihnen alles zurück: {back}.",
        "fr": "La borne et la facture de l'opérateur indiquent 0 kWh. Nous vous remboursons tout : {back}.",
        "nb": "Både laderen og operatørens regning sier 0 kWh. Vi betaler tilbake alt: {back}.",
        "sv": "Både laddaren och operatörens räkning säger 0 kWh. Vi betalar tillbaka allt: {back}.",
    },
    Answer.DOUBLE_CDR: {
        "en": "The operator billed one charge twice. You pay it once, {left}; {back} goes back to you.",
        "de": "Der Betreiber hat einen Ladevorgang zweimal berechnet. Sie zahlen ihn einmal, {left}; {back} erhalten"
        " Sie zurück.",
        "fr": "L'opérateur a facturé une charge deux fois. Vous la payez une fois, {left} ; {back} vous sont"
        " remboursés.",
        "nb": "Operatøren fakturerte én lading to ganger. Du betaler den én gang, {left}; du får {back} tilbake.",
        "sv": "Operatören debiterade en laddning två gånger. Du betalar den en gång, {left}; du får tillbaka {back}.",
    },
    Answer.DOUBLE_CHARGE: {
        "en": "The same charge of {kwh} kWh was billed to you a second time. We give the second one back: {back}.",
        "de": "Derselbe Ladevorgang über {kwh} kWh wurde Ihnen ein zweites Mal berechnet. Wir geben Ihnen den zweiten"
        " zurück: {back}.",
        "fr": "La même charge de {kwh} kWh vous a été facturée une seconde fois. Nous remboursons la seconde : {back}.",
        "nb": "Den samme ladingen på {kwh} kWh ble belastet en gang til. Vi betaler tilbake den andre: {back}.",
        "sv": "Samma laddning på {kwh} kWh debiterades en gång till. Vi betalar tillbaka den andra: {back}.",
    },
    Answer.CHARGED_ONCE: {
        "en": "We took {paid} once. The {held} you also see was only reserved and has been released; your bank removes"
        " it within 30 days.",
        "de": "Wir haben einmal {paid} abgebucht. Die {held}, die Sie außerdem sehen, waren nur reserviert und sind"
        " freigegeben; Ihre Bank entfernt sie innerhalb von 30 Tagen.",
        "fr": "Nous avons débité {paid} une seule fois. Les {held} visibles en plus n'étaient que réservés et sont"
        " libérés ; votre banque les retire sous 30 jours.",
        "nb": "Vi trakk {paid} én gang. De {held} du også ser, var bare reservert og er frigitt; banken fjerner dem"
        " innen 30 dager.",
        "sv": "Vi drog {paid} en gång. De {held} du också ser var bara reserverade och har släppts; banken tar bort dem"
        " inom 30 dagar.",
    },
    Answer.BILLED_AGAIN: {
        "en": "We computed your bill again with all the charger told. It comes to {left} and not {owed}; {back} goes"
        " back to you.",
        "de": "Wir haben Ihre Rechnung mit allem, was die Ladesäule meldete, neu berechnet. Sie beträgt {left} statt"
        " {owed}; {back} erhalten Sie zurück.",
        "fr": "Nous avons recalculé votre facture avec toutes les données de la borne : {left} au lieu de {owed} ;"
        " {back} vous sont remboursés.",
        "nb": "Vi regnet ut regningen på nytt med alt laderen meldte. Den blir {left} og ikke {owed}; du får {back}"
        " tilbake.",
        "sv": "Vi räknade om din räkning med allt laddaren meddelade. Den blir {left} i stället för {owed}; du får"
        " tillbaka {back}.",
    },
    Answer.PROMISE_KEPT: {
        "en": "You are right that the operator billed more. You paid the price you accepted, {paid}; the difference is"
        " between the operator and us.",
        "de": "Es stimmt, der Betreiber hat mehr berechnet. Sie haben den Preis bezahlt, den Sie angenommen haben,"
        " {paid}; den Unterschied klären wir mit dem Betreiber.",
        "fr": "L'opérateur a bien facturé davantage. Vous avez payé le prix accepté, {paid} ; la différence se règle"
        " entre l'opérateur et nous.",
        "nb": "Det stemmer at operatøren fakturerte mer. Du betalte prisen du godtok, {paid}; forskjellen tar vi med"
        " operatøren.",
        "sv": "Det stämmer att operatören debiterade mer. Du betalade priset du godkände, {paid}; skillnaden reder vi"
        " ut med operatören.",
    },
    Answer.PRICE_AS_AGREED: {
        "en": "We computed the bill again: {kwh} kWh under the price you accepted come to {paid}, which is what you"
        " paid. The receipt shows each line.",
        "de": "Wir haben die Rechnung nachgerechnet: {kwh} kWh kosten zum angenommenen Preis {paid}, und so viel haben"
        " Sie bezahlt. Der Beleg zeigt jede Zeile.",
        "fr": "Nous avons recalculé la facture : {kwh} kWh au prix accepté font {paid}, soit ce que vous avez payé. Le"
        " reçu montre chaque ligne.",
        "nb": "Vi regnet etter: {kwh} kWh til prisen du godtok blir {paid}, og det er det du betalte. Kvitteringen"
        " viser hver linje.",
        "sv": "Vi räknade efter: {kwh} kWh till priset du godkände blir {paid}, och det är vad du betalade. Kvittot"
        " visar varje rad.",
    },
    Answer.CORRECTED: {
        "en": "This was put right already: {given} went back to you, and {paid} remain.",
        "de": "Das ist schon berichtigt: {given} gingen an Sie zurück, es bleiben {paid}.",
        "fr": "C'est déjà corrigé : {given} vous ont été rendus, il reste {paid}.",
        "nb": "Dette er allerede rettet: {given} gikk tilbake til deg, og {paid} gjenstår.",
        "sv": "Detta är redan rättat: {given} gick tillbaka till dig och {paid} återstår.",
    },
}
"""By rule. Figures: ``back`` goes back, ``left`` remains to pay, ``given`` went back before."""

RULINGS: Mapping[Ruling, Mapping[str, str]] = {
    Ruling.FULL: {
        "en": "We looked into your complaint and give back all of it: {back}.",
        "de": "Wir haben Ihre Beschwerde geprüft und geben Ihnen alles zurück: {back}.",
        "fr": "Après examen de votre réclamation, nous vous remboursons tout : {back}.",
        "nb": "Vi har sett på klagen din og betaler tilbake alt: {back}.",
        "sv": "Vi har granskat ditt klagomål och betalar tillbaka allt: {back}.",
    },
    Ruling.PARTIAL: {
        "en": "We looked into your complaint and give back {back}.",
        "de": "Wir haben Ihre Beschwerde geprüft und geben Ihnen {back} zurück.",
        "fr": "Après examen de votre réclamation, nous vous remboursons {back}.",
        "nb": "Vi har sett på klagen din og betaler tilbake {back}.",
        "sv": "Vi har granskat ditt klagomål och betalar tillbaka {back}.",
    },
    Ruling.NONE: {
        "en": "We looked into your complaint. Nothing goes back: you paid {paid}, and that is right.",
        "de": "Wir haben Ihre Beschwerde geprüft. Es geht nichts zurück: Sie haben {paid} bezahlt, und das stimmt.",
        "fr": "Après examen de votre réclamation, rien n'est remboursé : vous avez payé {paid}, ce qui est juste.",
        "nb": "Vi har sett på klagen din. Ingenting går tilbake: du betalte {paid}, og det er riktig.",
        "sv": "Vi har granskat ditt klagomål. Inget går tillbaka: du betalade {paid}, och det är rätt.",
    },
}
"""By a person, with their own words behind."""

_IN_WORK = {
    "en": "Somebody of ours looks into it and answers you.",
    "de": "Jemand von uns sieht es sich an und antwortet Ihnen.",
    "fr": "Une personne de notre équipe l'examine et vous répond.",
    "nb": "En av oss ser på det og svarer deg.",
    "sv": "En av oss tittar på det och svarar dig.",
}
STATES: Mapping[ComplaintState, Mapping[str, str]] = {
    ComplaintState.WAITING: {
        "en": "The final bill is not there yet. We look into it as soon as it is.",
        "de": "Die endgültige Rechnung ist noch nicht da. Sobald sie da ist, sehen wir es uns an.",
        "fr": "La facture définitive n'est pas encore arrivée. Nous l'examinerons dès sa réception.",
        "nb": "Den endelige regningen er ikke kommet ennå. Vi ser på det så snart den er her.",
        "sv": "Den slutliga räkningen har inte kommit än. Vi tittar på det så snart den är här.",
    },
    ComplaintState.WITH_AGENT: _IN_WORK,
    ComplaintState.APPROVAL: _IN_WORK,
    ComplaintState.ANSWERED: {
        "en": "This is a reservation, not a charge; see when your bank should show its release.",
        "de": "Das ist eine Reservierung, keine Abbuchung; sehen Sie, wann Ihre Bank die Freigabe zeigen sollte.",
        "fr": "C'est une réservation, pas un débit ; voyez quand votre banque devrait afficher sa libération.",
        "nb": "Dette er en reservasjon, ikke et trekk; se når banken bør vise at den er frigitt.",
        "sv": "Detta är en reservation, inte ett köp; se när banken bör visa att den har släppts.",
    },
}


class _Figures(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return _UNKNOWN


def figures(money: Mapping[str, Money | None], kwh: str | None = None) -> dict[str, Any]:
    """Return the figures of an answer as they are stored with it."""
    told = {name: {"minor": each.minor, "currency": each.currency} for name, each in money.items() if each is not None}
    return {"money": told, "kwh": kwh}


def answer_text(answer: str, language: str, stored: Mapping[str, Any]) -> str:
    """Return the words of an answer: by a rule, or of a person's ruling where the name is one."""
    texts = ANSWERS[Answer(answer)] if answer in set(Answer) else RULINGS[Ruling(answer)]
    money = {
        name: amount_text(Money(int(each["minor"]), str(each["currency"])), language_of(language))
        for name, each in stored.get("money", {}).items()
    }
    values = _Figures(money)
    if stored.get("kwh") is not None:
        energy = str(stored["kwh"])
        values["kwh"] = energy if language_of(language) == "en" else energy.replace(".", ",")
    return texts[language_of(language)].format_map(values)


def state_text(state: str, language: str) -> str | None:
    """Return where an undecided complaint stands, in words; None: it has an answer of its own."""
    texts = STATES.get(ComplaintState(state))
    return None if texts is None else texts[language_of(language)]
