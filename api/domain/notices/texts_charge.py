"""The words of notices about a running charge: title and text by key and language.

A key is the kind, or the kind and what sets it apart. Texts say nothing that a stranger may not read over a shoulder.
"""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]

CHARGE: Mapping[str, Words] = {
    "confirm_with_bank": {
        "en": ("Confirm with your bank", "Your bank wants you to confirm before charging can start."),
        "de": ("Bei der Bank bestätigen", "Ihre Bank möchte eine Bestätigung, bevor das Laden beginnen kann."),
        "fr": (
            "Confirmez auprès de votre banque",
            "Votre banque demande une confirmation avant le début de la charge.",
        ),
        "nb": ("Bekreft hos banken", "Banken din vil at du bekrefter før ladingen kan starte."),
        "sv": ("Bekräfta hos banken", "Din bank vill att du bekräftar innan laddningen kan börja."),
    },
    "payment_declined": {
        "en": ("Payment declined", "Your bank declined the payment. Try another card."),
        "de": ("Zahlung abgelehnt", "Ihre Bank hat die Zahlung abgelehnt. Versuchen Sie eine andere Karte."),
        "fr": ("Paiement refusé", "Votre banque a refusé le paiement. Essayez une autre carte."),
        "nb": ("Betaling avvist", "Banken din avviste betalingen. Prøv et annet kort."),
        "sv": ("Betalning nekad", "Din bank nekade betalningen. Prova ett annat kort."),
    },
    "start_failed": {
        "en": ("Charging did not start", "Nothing was charged. Try again or choose another connector."),
        "de": ("Laden nicht gestartet", "Es wurde nichts geladen. Versuchen Sie es noch einmal oder an einem anderen."),
        "fr": ("La charge n'a pas démarré", "Rien n'a été chargé. Réessayez ou choisissez une autre prise."),
        "nb": ("Ladingen startet ikke", "Ingenting ble ladet. Prøv igjen eller velg et annet uttak."),
        "sv": ("Laddningen startade inte", "Inget laddades. Försök igen eller välj ett annat uttag."),
    },
    "start_uncertain": {
        "en": ("Did charging start?", "The charger has not answered yet. Look at it before you leave."),
        "de": ("Lädt Ihr Auto?", "Die Ladestation hat noch nicht geantwortet. Sehen Sie nach, bevor Sie gehen."),
        "fr": ("La charge a-t-elle démarré ?", "La borne n'a pas encore répondu. Vérifiez avant de partir."),
        "nb": ("Startet ladingen?", "Laderen har ikke svart ennå. Se etter før du går."),
        "sv": ("Startade laddningen?", "Laddaren har inte svarat än. Titta efter innan du går."),
    },
    "charge_started": {
        "en": ("Charging", "Your car is charging."),
        "de": ("Laden läuft", "Ihr Auto lädt."),
        "fr": ("Charge en cours", "Votre voiture est en charge."),
        "nb": ("Lader", "Bilen din lader."),
        "sv": ("Laddar", "Din bil laddar."),
    },
    "nothing_reserved": {
        "en": ("Nothing could be reserved", "Charging goes on. When its bill is there, we send you a link to pay it."),
        "de": (
            "Es konnte nichts reserviert werden",
            "Das Laden läuft weiter. Sobald die Rechnung da ist, senden wir Ihnen einen Link zum Bezahlen.",
        ),
        "fr": (
            "Rien n'a pu être réservé",
            "La charge continue. Dès que la facture est là, nous vous envoyons un lien pour la payer.",
        ),
        "nb": (
            "Ingenting kunne reserveres",
            "Ladingen fortsetter. Når regningen er klar, sender vi deg en lenke for å betale.",
        ),
        "sv": (
            "Inget kunde reserveras",
            "Laddningen fortsätter. När räkningen finns skickar vi en länk så att du kan betala.",
        ),
    },
    "nothing_reserved.stopped": {
        "en": ("Charging is being stopped", "Nothing could be reserved for it. Please unplug your car."),
        "de": (
            "Das Laden wird beendet",
            "Dafür konnte nichts reserviert werden. Bitte stecken Sie Ihr Auto ab.",
        ),
        "fr": ("La charge va s'arrêter", "Rien n'a pu être réservé pour elle. Débranchez votre voiture."),
        "nb": ("Ladingen stoppes", "Ingenting kunne reserveres for den. Koble fra bilen."),
        "sv": ("Laddningen stoppas", "Inget kunde reserveras för den. Koppla ur bilen."),
    },
    "battery_reached": {
        "en": ("Battery at {percent} %", "Your car has reached the charge that you wanted to hear of."),
        "de": ("Batterie bei {percent} %", "Ihr Auto hat den Ladestand erreicht, den Sie wissen wollten."),
        "fr": ("Batterie à {percent} %", "Votre voiture a atteint le niveau que vous aviez choisi."),
        "nb": ("Batteriet er på {percent} %", "Bilen din har nådd nivået du ville vite om."),
        "sv": ("Batteriet är på {percent} %", "Din bil har nått den nivå som du ville få veta."),
    },
    "price_step": {
        "en": ("The price rises soon", "From {time} charging here costs more."),
        "de": ("Der Preis steigt bald", "Ab {time} kostet das Laden hier mehr."),
        "fr": ("Le prix augmente bientôt", "À partir de {time}, la charge coûte plus cher ici."),
        "nb": ("Prisen stiger snart", "Fra {time} koster det mer å lade her."),
        "sv": ("Priset stiger snart", "Från {time} kostar det mer att ladda här."),
    },
    "hold_nearly_used": {
        "en": ("Your limit is nearly reached", "Charging will stop when what was reserved is used up."),
        "de": ("Ihr Limit ist fast erreicht", "Das Laden endet, wenn der reservierte Betrag aufgebraucht ist."),
        "fr": ("Votre limite est presque atteinte", "La charge s'arrêtera quand le montant réservé sera épuisé."),
        "nb": ("Grensen er nesten nådd", "Ladingen stopper når det reserverte beløpet er brukt opp."),
        "sv": ("Din gräns är nästan nådd", "Laddningen stoppas när det reserverade beloppet är slut."),
    },
    "charge_stopped": {
        "en": ("Charging is being stopped", "We stop charging now. Please unplug your car."),
        "de": ("Das Laden wird beendet", "Wir beenden das Laden jetzt. Bitte stecken Sie Ihr Auto ab."),
        "fr": ("La charge s'arrête", "Nous arrêtons la charge. Débranchez votre voiture."),
        "nb": ("Ladingen stoppes", "Vi stopper ladingen nå. Koble fra bilen."),
        "sv": ("Laddningen stoppas", "Vi stoppar laddningen nu. Koppla ur bilen."),
    },
    "charge_stopped.hold_limit": {
        "en": ("Your limit is reached", "We stop charging: what was reserved is used up. Please unplug your car."),
        "de": (
            "Ihr Limit ist erreicht",
            "Wir beenden das Laden: der reservierte Betrag ist verbraucht. Bitte abstecken.",
        ),
        "fr": ("Votre limite est atteinte", "Nous arrêtons la charge : le montant réservé est épuisé. Débranchez."),
        "nb": ("Grensen er nådd", "Vi stopper ladingen: det reserverte beløpet er brukt opp. Koble fra bilen."),
        "sv": ("Din gräns är nådd", "Vi stoppar laddningen: det reserverade beloppet är slut. Koppla ur bilen."),
    },
    "stop_failed": {
        "en": ("Charging goes on", "The charger did not stop. Stop at the car, or try again in the app."),
        "de": (
            "Das Laden läuft weiter",
            "Die Ladestation hat nicht gestoppt. Beenden Sie am Auto oder noch einmal in der App.",
        ),
        "fr": ("La charge continue", "La borne ne s'est pas arrêtée. Arrêtez depuis la voiture ou réessayez."),
        "nb": ("Ladingen fortsetter", "Laderen stoppet ikke. Stopp i bilen, eller prøv igjen i appen."),
        "sv": ("Laddningen fortsätter", "Laddaren stannade inte. Stoppa i bilen eller försök igen i appen."),
    },
    "unplug": {
        "en": ("Don't forget to unplug", "Your car is still plugged in."),
        "de": ("Abstecken nicht vergessen", "Ihr Auto ist noch angesteckt."),
        "fr": ("N'oubliez pas de débrancher", "Votre voiture est encore branchée."),
        "nb": ("Husk å koble fra", "Bilen din er fortsatt koblet til."),
        "sv": ("Glöm inte att koppla ur", "Din bil är fortfarande ansluten."),
    },
    "unplug.vehicle": {
        "en": ("Your car has stopped charging", "It takes no more energy. Please unplug it."),
        "de": ("Ihr Auto lädt nicht mehr", "Es nimmt keine Energie mehr auf. Bitte stecken Sie es ab."),
        "fr": ("Votre voiture ne charge plus", "Elle ne prend plus d'énergie. Débranchez-la."),
        "nb": ("Bilen lader ikke lenger", "Den tar ikke imot mer energi. Koble den fra."),
        "sv": ("Bilen laddar inte längre", "Den tar inte emot mer energi. Koppla ur den."),
    },
    "unplug.stopped_by_itself": {
        "en": ("Charging stopped by itself", "Energy no longer flows. Look at your car, or unplug it."),
        "de": (
            "Das Laden hat von selbst aufgehört",
            "Es fließt keine Energie mehr. Sehen Sie nach oder stecken Sie ab.",
        ),
        "fr": (
            "La charge s'est arrêtée d'elle-même",
            "L'énergie ne circule plus. Vérifiez ou débranchez votre voiture.",
        ),
        "nb": ("Ladingen stoppet av seg selv", "Det går ikke strøm lenger. Se til bilen, eller koble den fra."),
        "sv": ("Laddningen stannade av sig själv", "Ingen energi flödar längre. Titta till bilen eller koppla ur den."),
    },
    "charge_ended": {
        "en": ("Charging is over", "Your receipt follows as soon as the operator has sent the bill."),
        "de": ("Ladevorgang beendet", "Ihr Beleg folgt, sobald der Betreiber abgerechnet hat."),
        "fr": ("Charge terminée", "Votre reçu suivra dès que l'exploitant aura envoyé la facture."),
        "nb": ("Ladingen er avsluttet", "Kvitteringen kommer så snart operatøren har sendt regningen."),
        "sv": ("Laddningen är avslutad", "Kvittot kommer så snart operatören har skickat räkningen."),
    },
    "connector_free": {
        "en": ("A charger is free", "A charger that you are watching is free now."),
        "de": ("Eine Ladestation ist frei", "Eine Ladestation, die Sie beobachten, ist jetzt frei."),
        "fr": ("Une borne est libre", "Une borne que vous suivez est libre maintenant."),
        "nb": ("En lader er ledig", "En lader du følger med på, er ledig nå."),
        "sv": ("En laddare är ledig", "En laddare som du bevakar är ledig nu."),
    },
    "network_live": {
        "en": ("A network has arrived", "You can now charge with the app at a network that you asked about."),
        "de": ("Ein neues Netz ist da", "Sie können jetzt in einem Netz, nach dem Sie gefragt haben, per App laden."),
        "fr": ("Un réseau est arrivé", "Vous pouvez recharger avec l'app sur un réseau que vous attendiez."),
        "nb": ("Et nettverk er på plass", "Du kan nå lade med appen i et nettverk du har spurt etter."),
        "sv": ("Ett nätverk är på plats", "Du kan nu ladda med appen i ett nätverk som du har frågat efter."),
    },
}
