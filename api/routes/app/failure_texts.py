"""Why a start failed, for people: a closed list of codes, each with a sentence in our languages (CK13)."""

from api.domain.language import LANGUAGES

UNNAMED = "rejected_by_operator"
NOTHING_RESERVED = "nothing_reserved"
_ROWS: dict[str, tuple[str, str, str, str, str]] = {
    "charger_offline": (
        "The charger is offline or restarting. Wait half a minute or try the one beside it.",
        "Die Ladesäule ist offline oder startet neu. Warten Sie eine halbe Minute oder nehmen Sie die daneben.",
        "La borne est hors ligne ou redémarre. Attendez une demi-minute ou essayez la voisine.",
        "Laderen er frakoblet eller starter på nytt. Vent et halvt minutt eller prøv den ved siden av.",
        "Laddaren är frånkopplad eller startar om. Vänta en halv minut eller prova den bredvid.",
    ),
    "charger_failed": (
        "The charger could not start. Check the cable at both ends and try again.",
        "Die Ladesäule konnte nicht starten. Prüfen Sie das Kabel an beiden Enden und versuchen Sie es noch einmal.",
        "La borne n'a pas pu démarrer. Vérifiez le câble aux deux bouts et réessayez.",
        "Laderen kunne ikke starte. Sjekk kabelen i begge ender og prøv igjen.",
        "Laddaren kunde inte starta. Kontrollera kabeln i båda ändar och försök igen.",
    ),
    "charger_out_of_order": (
        "The charger is out of order. Please take another one.",
        "Die Ladesäule ist außer Betrieb. Bitte nehmen Sie eine andere.",
        "La borne est en panne. Veuillez en choisir une autre.",
        "Laderen er ute av drift. Velg en annen.",
        "Laddaren är ur drift. Välj en annan.",
    ),
    "connector_occupied": (
        "The charger says that this connector is in use. Please take another one.",
        "Die Ladesäule meldet diesen Anschluss als belegt. Bitte nehmen Sie einen anderen.",
        "La borne indique que cette prise est occupée. Veuillez en choisir une autre.",
        "Laderen sier at denne kontakten er i bruk. Velg en annen.",
        "Laddaren säger att uttaget används. Välj ett annat.",
    ),
    "not_supported_here": (
        "This charger cannot be started from an app.",
        "Diese Ladesäule lässt sich nicht aus der App starten.",
        "Cette borne ne peut pas être démarrée depuis une application.",
        "Denne laderen kan ikke startes fra en app.",
        "Den här laddaren kan inte startas från en app.",
    ),
    "no_result": (
        "The charger did not answer in time. Check the cable; nothing is charged if it stays so.",
        "Die Ladesäule hat nicht rechtzeitig geantwortet. Prüfen Sie das Kabel; es kostet nichts, wenn es so bleibt.",
        "La borne n'a pas répondu à temps. Vérifiez le câble ; rien n'est facturé si rien ne démarre.",
        "Laderen svarte ikke i tide. Sjekk kabelen; det koster ingenting hvis det forblir slik.",
        "Laddaren svarade inte i tid. Kontrollera kabeln; det kostar inget om det förblir så.",
    ),
    "partner_refused": (
        "The operator refused the start. Please take another charger.",
        "Der Betreiber hat den Start abgelehnt. Bitte nehmen Sie eine andere Ladesäule.",
        "L'opérateur a refusé le démarrage. Veuillez choisir une autre borne.",
        "Operatøren avviste starten. Velg en annen lader.",
        "Operatören nekade starten. Välj en annan laddare.",
    ),
    "partner_unreachable": (
        "The operator cannot be reached at the moment. Try again soon.",
        "Der Betreiber ist gerade nicht erreichbar. Versuchen Sie es gleich noch einmal.",
        "L'opérateur est injoignable pour le moment. Réessayez bientôt.",
        "Operatøren kan ikke nås akkurat nå. Prøv igjen snart.",
        "Operatören går inte att nå just nu. Försök snart igen.",
    ),
    "payment_unavailable": (
        "The amount could not be reserved in time. Nothing was charged; try again.",
        "Der Betrag konnte nicht rechtzeitig reserviert werden. Es wurde nichts berechnet; versuchen Sie es erneut.",
        "Le montant n'a pas pu être réservé à temps. Rien n'a été facturé ; réessayez.",
        "Beløpet kunne ikke reserveres i tide. Ingenting ble belastet; prøv igjen.",
        "Beloppet kunde inte reserveras i tid. Inget debiterades; försök igen.",
    ),
    "payment_declined": (
        "Your bank declined the reservation. Try another card.",
        "Ihre Bank hat die Reservierung abgelehnt. Versuchen Sie eine andere Karte.",
        "Votre banque a refusé la réservation. Essayez une autre carte.",
        "Banken avviste reservasjonen. Prøv et annet kort.",
        "Banken nekade reservationen. Prova ett annat kort.",
    ),
    NOTHING_RESERVED: (
        "Nothing is reserved for this charge. You get a link to pay when its bill is there.",
        "Für dieses Laden ist nichts reserviert. Sie erhalten einen Link zum Bezahlen, sobald die Rechnung da ist.",
        "Rien n'est réservé pour cette charge. Vous recevrez un lien pour payer dès que la facture est là.",
        "Ingenting er reservert for denne ladingen. Du får en lenke for å betale når regningen er klar.",
        "Inget är reserverat för den här laddningen. Du får en länk för att betala när räkningen finns.",
    ),
    "wrong_connector": (
        "Your cable is in another post; the start here was given up.",
        "Ihr Kabel steckt an einem anderen Anschluss; der Start hier wurde aufgegeben.",
        "Votre câble est sur une autre borne ; le démarrage ici a été abandonné.",
        "Kabelen din står i en annen lader; starten her ble avbrutt.",
        "Din kabel sitter i en annan laddare; starten här avbröts.",
    ),
    "rejected_by_operator": (
        "The start was rejected without a reason. Try again or take another charger.",
        "Der Start wurde ohne Grund abgelehnt. Versuchen Sie es noch einmal oder nehmen Sie eine andere Ladesäule.",
        "Le démarrage a été refusé sans raison. Réessayez ou choisissez une autre borne.",
        "Starten ble avvist uten grunn. Prøv igjen eller velg en annen lader.",
        "Starten nekades utan skäl. Försök igen eller välj en annan laddare.",
    ),
}
_LIKE = {
    "timeout": "no_result",
    "no_session": "no_result",
    "interrupted": "no_result",
    "failed": "charger_failed",
    "session_invalid": "charger_failed",
    "partner_error": "partner_unreachable",
}


def failure_text(code: str, language: str) -> str:
    """Return why a start failed; what is not in the list, such as a bank's own word, is told in general."""
    known = _LIKE.get(code, code)
    general = "payment_declined" if "decline" in code or "card" in code else UNNAMED
    return _ROWS[known if known in _ROWS else general][LANGUAGES.index(language)]


def codes() -> frozenset[str]:
    """Return the codes with a sentence of their own, for tests."""
    return frozenset(_ROWS) | frozenset(_LIKE)
