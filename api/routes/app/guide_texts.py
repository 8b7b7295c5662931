"""The words of the guide, of hints, of ends and of failed starts, in the languages that we write to drivers in.

Every word has its key on the wire too, so that an app may say it in its own way.
"""

from api.domain.language import LANGUAGES

_ROWS: dict[str, tuple[str, str, str, str, str]] = {
    "wait_for_hold": (
        "We are reserving the amount on your card.",
        "Wir reservieren den Betrag auf Ihrer Karte.",
        "Nous réservons le montant sur votre carte.",
        "Vi reserverer beløpet på kortet ditt.",
        "Vi reserverar beloppet på ditt kort.",
    ),
    "confirm_with_bank": (
        "Please confirm the payment with your bank.",
        "Bitte bestätigen Sie die Zahlung bei Ihrer Bank.",
        "Veuillez confirmer le paiement auprès de votre banque.",
        "Bekreft betalingen i banken din.",
        "Bekräfta betalningen hos din bank.",
    ),
    "plug_in": (
        "Plug the cable into the car and the charger.",
        "Stecken Sie das Kabel am Auto und an der Ladesäule ein.",
        "Branchez le câble à la voiture et à la borne.",
        "Koble kabelen til bilen og laderen.",
        "Anslut kabeln till bilen och laddaren.",
    ),
    "follow_the_station": (
        "Follow the instructions on the charger: some want the cable first, some the start.",
        "Folgen Sie den Anweisungen der Ladesäule: manche wollen zuerst das Kabel, manche den Start.",
        "Suivez les instructions de la borne : le câble d'abord ou le démarrage d'abord, selon le modèle.",
        "Følg anvisningene på laderen: noen vil ha kabelen først, andre starten.",
        "Följ anvisningarna på laddaren: vissa vill ha kabeln först, andra starten.",
    ),
    "plug_first": (
        "Here the cable comes first: plug in, then start.",
        "Hier kommt zuerst das Kabel: einstecken, dann starten.",
        "Ici, le câble d'abord : branchez, puis démarrez.",
        "Her kommer kabelen først: koble til, så start.",
        "Här kommer kabeln först: anslut, starta sedan.",
    ),
    "start_first": (
        "Here the start comes first: start, then plug in when the charger asks for it.",
        "Hier kommt zuerst der Start: starten, dann einstecken, wenn die Ladesäule es verlangt.",
        "Ici, le démarrage d'abord : démarrez, puis branchez quand la borne le demande.",
        "Her kommer starten først: start, og koble til når laderen ber om det.",
        "Här kommer starten först: starta, och anslut när laddaren ber om det.",
    ),
    "wait_for_charger": (
        "The charger is starting.",
        "Die Ladesäule startet.",
        "La borne démarre.",
        "Laderen starter.",
        "Laddaren startar.",
    ),
    "watch": (
        "Your car is charging.",
        "Ihr Auto lädt.",
        "Votre voiture se recharge.",
        "Bilen lader.",
        "Bilen laddas.",
    ),
    "watch_pending": (
        "Charging has started, waiting for data.",
        "Der Ladevorgang hat begonnen, wir warten auf Daten.",
        "La recharge a commencé, en attente de données.",
        "Ladingen har startet, vi venter på data.",
        "Laddningen har startat, vi väntar på data.",
    ),
    "watch_stale": (
        "Your car is charging; the charger has sent no new data for a while.",
        "Ihr Auto lädt; die Ladesäule hat seit einer Weile keine neuen Daten gesendet.",
        "Votre voiture se recharge ; la borne n'a pas envoyé de données depuis un moment.",
        "Bilen lader; laderen har ikke sendt nye data på en stund.",
        "Bilen laddas; laddaren har inte skickat nya data på ett tag.",
    ),
    "wait_for_stop": (
        "The charger is stopping; this takes a moment.",
        "Die Ladesäule beendet den Vorgang; das dauert einen Moment.",
        "La borne s'arrête ; cela prend un instant.",
        "Laderen stopper; det tar et øyeblikk.",
        "Laddaren stoppar; det tar en stund.",
    ),
    "unplug": (
        "Please unplug the cable: staying may cost.",
        "Bitte ziehen Sie das Kabel ab: Stehenbleiben kann kosten.",
        "Veuillez débrancher le câble : rester branché peut coûter.",
        "Koble fra kabelen: det kan koste å bli stående.",
        "Koppla ur kabeln: det kan kosta att stå kvar.",
    ),
    "wait_for_receipt": (
        "Done. The operator still has to send the bill.",
        "Fertig. Der Betreiber muss noch die Abrechnung senden.",
        "Terminé. L'opérateur doit encore envoyer la facture.",
        "Ferdig. Operatøren må fortsatt sende regningen.",
        "Klart. Operatören ska fortfarande skicka räkningen.",
    ),
    "see_receipt": (
        "Your receipt is ready.",
        "Ihr Beleg liegt bereit.",
        "Votre reçu est prêt.",
        "Kvitteringen er klar.",
        "Ditt kvitto är klart.",
    ),
    "try_again": (
        "This did not start. You can try again.",
        "Der Start hat nicht geklappt. Sie können es noch einmal versuchen.",
        "Cela n'a pas démarré. Vous pouvez réessayer.",
        "Dette startet ikke. Du kan prøve igjen.",
        "Det startade inte. Du kan försöka igen.",
    ),
    "usually": (
        "Usually {seconds} s here.",
        "Hier meist {seconds} s.",
        "Ici, en général {seconds} s.",
        "Vanligvis {seconds} s her.",
        "Vanligtvis {seconds} s här.",
    ),
    "hint_vehicle_schedule": (
        "Connected, but the car takes nothing: perhaps a charging timer is set in the car. Nothing is broken.",
        "Verbunden, aber das Auto lädt nicht: vielleicht ist im Auto ein Lade-Timer gestellt. Nichts ist kaputt.",
        "Connectée, mais la voiture ne prend rien : peut-être une minuterie de recharge. Rien n'est en panne.",
        "Tilkoblet, men bilen tar ikke imot: kanskje er en ladetimer satt i bilen. Ingenting er ødelagt.",
        "Ansluten, men bilen tar inte emot: kanske är en laddtimer inställd i bilen. Inget är trasigt.",
    ),
    "hint_wrong_connector": (
        "Is the number {visual_id} on your plug? That one became busy, yours is still free.",
        "Steht {visual_id} an Ihrem Stecker? Dieser wurde belegt, Ihrer ist noch frei.",
        "Le numéro {visual_id} figure-t-il sur votre prise ? Elle vient d'être occupée, la vôtre est libre.",
        "Står nummeret {visual_id} på pluggen din? Den ble opptatt, din er fortsatt ledig.",
        "Står numret {visual_id} på din kontakt? Den blev upptagen, din är fortfarande ledig.",
    ),
    "stop_driver": (
        "You stopped it.",
        "Sie haben gestoppt.",
        "Vous l'avez arrêtée.",
        "Du stoppet den.",
        "Du stoppade den.",
    ),
    "stop_badge": (
        "It was stopped with your card at the charger.",
        "Mit Ihrer Karte an der Ladesäule gestoppt.",
        "Arrêtée avec votre badge à la borne.",
        "Den ble stoppet med kortet ditt ved laderen.",
        "Den stoppades med ditt kort vid laddaren.",
    ),
    "stop_vehicle": (
        "The car stopped charging.",
        "Das Auto hat den Ladevorgang beendet.",
        "La voiture a arrêté la recharge.",
        "Bilen stoppet ladingen.",
        "Bilen avslutade laddningen.",
    ),
    "stop_charger": (
        "The charger stopped: it has a fault. You pay only what was delivered.",
        "Die Ladesäule hat gestoppt: sie hat eine Störung. Sie zahlen nur, was geladen wurde.",
        "La borne s'est arrêtée à cause d'un défaut. Vous ne payez que l'énergie fournie.",
        "Laderen stoppet på grunn av en feil. Du betaler bare for det som ble levert.",
        "Laddaren stoppade på grund av ett fel. Du betalar bara för det som levererades.",
    ),
    "stop_operator": (
        "The operator took the charger out of service. You pay only what was delivered.",
        "Der Betreiber hat die Ladesäule außer Betrieb genommen. Sie zahlen nur, was geladen wurde.",
        "L'opérateur a mis la borne hors service. Vous ne payez que l'énergie fournie.",
        "Operatøren tok laderen ut av drift. Du betaler bare for det som ble levert.",
        "Operatören tog laddaren ur drift. Du betalar bara för det som levererades.",
    ),
    "stop_hold_limit": (
        "It was stopped because the reserved amount is nearly used.",
        "Gestoppt, weil der reservierte Betrag fast verbraucht ist.",
        "Arrêtée car le montant réservé est presque épuisé.",
        "Den ble stoppet fordi det reserverte beløpet nesten er brukt.",
        "Den stoppades eftersom det reserverade beloppet nästan är förbrukat.",
    ),
    "stop_no_session_wanted": (
        "It began after the start was given up, so we stopped it.",
        "Es begann erst nach dem Abbruch, darum haben wir gestoppt.",
        "Elle a commencé après l'abandon, nous l'avons donc arrêtée.",
        "Den begynte etter at starten var gitt opp, så vi stoppet den.",
        "Den började efter att starten avbrutits, så vi stoppade den.",
    ),
    "hold_reused": (
        "What is reserved already is used: nothing more is reserved.",
        "Der schon reservierte Betrag wird verwendet: Es wird nichts weiter reserviert.",
        "Le montant déjà réservé est utilisé : rien de plus n'est réservé.",
        "Det som alt er reservert, brukes: ingenting mer reserveres.",
        "Det som redan är reserverat används: inget mer reserveras.",
    ),
    "hold_replaced": (
        "This amount is newly reserved; what was reserved for the failed start is released.",
        "Dieser Betrag wird neu reserviert; was für den fehlgeschlagenen Start reserviert war, wird freigegeben.",
        "Ce montant est réservé à nouveau ; celui du démarrage manqué est libéré.",
        "Dette beløpet reserveres på nytt; det som var reservert for den mislykkede starten, frigis.",
        "Det här beloppet reserveras på nytt; det som reserverades för den misslyckade starten släpps.",
    ),
    "hold_beside": (
        "This amount is reserved too. The earlier one stays reserved until its bill is here, which is paid from it.",
        "Dieser Betrag wird zusätzlich reserviert. Der frühere bleibt es, bis seine Rechnung da und bezahlt ist.",
        "Ce montant est réservé en plus. Le précédent le reste jusqu'à ce que sa facture soit là et réglée.",
        "Dette beløpet reserveres i tillegg. Det forrige er reservert til regningen er klar og betales av det.",
        "Det här beloppet reserveras också. Det förra är reserverat tills räkningen finns och betalas av det.",
    ),
    "hold_new": (
        "This amount is newly reserved.",
        "Dieser Betrag wird neu reserviert.",
        "Ce montant est réservé à nouveau.",
        "Dette beløpet reserveres på nytt.",
        "Det här beloppet reserveras på nytt.",
    ),
    "stop_unknown": (
        "It stopped by itself; the operator gave no reason. You pay only what was delivered.",
        "Von selbst beendet; der Betreiber nannte keinen Grund. Sie zahlen nur, was geladen wurde.",
        "Elle s'est arrêtée d'elle-même, sans raison donnée. Vous ne payez que l'énergie fournie.",
        "Den stoppet av seg selv; operatøren oppga ingen grunn. Du betaler bare for det som ble levert.",
        "Den stoppade av sig själv; operatören angav inget skäl. Du betalar bara för det som levererades.",
    ),
}


def say(key: str, language: str, **facts: object) -> str:
    """Return a text of the guide in one of our languages."""
    return _ROWS[key][LANGUAGES.index(language)].format(**facts)


def keys() -> frozenset[str]:
    """Return every key, for tests."""
    return frozenset(_ROWS)
