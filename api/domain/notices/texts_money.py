"""The words of notices about money, and the frame of a mail: title and text by key and language."""

from collections.abc import Mapping

from api.domain.notices.texts_charge import Words

MONEY: Mapping[str, Words] = {
    "receipt_ready": {
        "en": ("Your receipt is ready", "You can see it in the app."),
        "de": ("Ihr Beleg ist da", "Sie finden ihn in der App."),
        "fr": ("Votre reçu est disponible", "Vous le trouverez dans l'application."),
        "nb": ("Kvitteringen er klar", "Du finner den i appen."),
        "sv": ("Ditt kvitto är klart", "Du hittar det i appen."),
    },
    "refund_made": {
        "en": ("We gave money back", "{amount} is on its way to you. Banks need a few days to show it."),
        "de": (
            "Wir haben Geld zurückgegeben",
            "{amount} sind auf dem Weg zu Ihnen. Banken brauchen dafür einige Tage.",
        ),
        "fr": ("Remboursement effectué", "{amount} sont en route vers vous. Les banques demandent quelques jours."),
        "nb": ("Vi har betalt tilbake", "{amount} er på vei til deg. Banken trenger noen dager."),
        "sv": ("Vi har betalat tillbaka", "{amount} är på väg till dig. Banken behöver några dagar."),
    },
    "complaint_decided": {
        "en": ("The answer to your complaint", "{answer}"),
        "de": ("Die Antwort auf Ihre Beschwerde", "{answer}"),
        "fr": ("La réponse à votre réclamation", "{answer}"),
        "nb": ("Svaret på klagen din", "{answer}"),
        "sv": ("Svaret på ditt klagomål", "{answer}"),
    },
    "payment_due": {
        "en": ("A payment is open", "{amount} is still open for a charge. You can pay it in the app."),
        "de": (
            "Eine Zahlung ist offen",
            "Für einen Ladevorgang sind noch {amount} offen. Bezahlen können Sie in der App.",
        ),
        "fr": ("Un paiement est en attente", "{amount} restent à payer pour une charge. Payez dans l'application."),
        "nb": ("En betaling står åpen", "{amount} gjenstår for en lading. Du kan betale i appen."),
        "sv": ("En betalning är öppen", "{amount} återstår för en laddning. Du kan betala i appen."),
    },
    "wallet_low": {
        "en": ("Your wallet is running low", "{balance} is left. Top it up before your next charge."),
        "de": ("Ihr Guthaben geht zur Neige", "Es sind noch {balance} übrig. Laden Sie es vor dem nächsten Laden auf."),
        "fr": ("Votre solde est faible", "Il reste {balance}. Rechargez-le avant votre prochaine charge."),
        "nb": ("Saldoen er lav", "{balance} gjenstår. Fyll på før neste lading."),
        "sv": ("Ditt saldo är lågt", "{balance} återstår. Fyll på före nästa laddning."),
    },
    "wallet_below_zero": {
        "en": ("Your wallet is below zero", "It stands at {balance}. Please top it up."),
        "de": ("Ihr Guthaben ist im Minus", "Es steht bei {balance}. Bitte laden Sie es auf."),
        "fr": ("Votre solde est négatif", "Il est de {balance}. Merci de le recharger."),
        "nb": ("Saldoen er under null", "Den er på {balance}. Fyll på."),
        "sv": ("Ditt saldo är under noll", "Det är {balance}. Fyll på."),
    },
    "wallet_topped_up": {
        "en": ("Your wallet is topped up", "The money is there."),
        "de": ("Guthaben aufgeladen", "Das Geld ist da."),
        "fr": ("Solde rechargé", "L'argent est arrivé."),
        "nb": ("Saldoen er fylt på", "Pengene er kommet inn."),
        "sv": ("Saldot är påfyllt", "Pengarna har kommit in."),
    },
    "wallet_refund_failed": {
        "en": ("Your money could not be paid back", "It is in your wallet again. Ask us if you do not know why."),
        "de": (
            "Auszahlung nicht möglich",
            "Das Geld ist wieder in Ihrem Guthaben. Fragen Sie uns, wenn Sie nicht wissen warum.",
        ),
        "fr": ("Remboursement impossible", "L'argent est de nouveau dans votre solde. Contactez-nous si besoin."),
        "nb": ("Utbetalingen gikk ikke", "Pengene er tilbake på saldoen. Spør oss hvis du ikke vet hvorfor."),
        "sv": ("Utbetalningen gick inte", "Pengarna är tillbaka på saldot. Fråga oss om du inte vet varför."),
    },
    "other": {
        "en": ("News for you", "Open the app to read it."),
        "de": ("Neues für Sie", "Öffnen Sie die App, um es zu lesen."),
        "fr": ("Du nouveau pour vous", "Ouvrez l'application pour le lire."),
        "nb": ("Nytt til deg", "Åpne appen for å lese det."),
        "sv": ("Nyheter till dig", "Öppna appen för att läsa dem."),
    },
}

STAY: Mapping[str, Mapping[str, str]] = {
    "costs_now": {
        "en": "Staying costs {price} an hour now.",
        "de": "Stehen bleiben kostet jetzt {price} in der Stunde.",
        "fr": "Rester branché coûte {price} par heure.",
        "nb": "Å bli stående koster {price} i timen nå.",
        "sv": "Att stå kvar kostar {price} i timmen nu.",
    },
    "free_until": {
        "en": "Staying is free until {time}, then {price} an hour.",
        "de": "Stehen bleiben ist bis {time} frei, dann {price} in der Stunde.",
        "fr": "Rester branché est gratuit jusqu'à {time}, puis {price} par heure.",
        "nb": "Å bli stående er gratis til {time}, deretter {price} i timen.",
        "sv": "Att stå kvar är gratis till {time}, sedan {price} i timmen.",
    },
    "fee_at": {
        "en": "At {time} a fee of {price} is added.",
        "de": "Um {time} kommt eine Gebühr von {price} hinzu.",
        "fr": "À {time}, des frais de {price} s'ajoutent.",
        "nb": "Klokken {time} kommer et gebyr på {price} i tillegg.",
        "sv": "Klockan {time} tillkommer en avgift på {price}.",
    },
    "free": {
        "en": "Staying costs nothing more; others may be waiting.",
        "de": "Stehen bleiben kostet nichts; vielleicht warten andere.",
        "fr": "Rester branché ne coûte rien ; d'autres attendent peut-être.",
        "nb": "Å bli stående koster ikke mer, men andre venter kanskje.",
        "sv": "Att stå kvar kostar inget mer, men andra kanske väntar.",
    },
}

DIGEST: Mapping[str, str] = {
    "en": "{count} messages",
    "de": "{count} Mitteilungen",
    "fr": "{count} messages",
    "nb": "{count} meldinger",
    "sv": "{count} meddelanden",
}

FOOTER: Mapping[str, str] = {
    "en": "You get this mail because of your settings in the app, under Notifications. You can change them.",
    "de": "Sie erhalten diese Mail wegen Ihrer Einstellungen in der App unter Mitteilungen, wo Sie sie ändern können.",
    "fr": "Vous recevez ce message selon vos réglages dans l'application, sous Notifications.",
    "nb": "Du får denne e-posten etter innstillingene dine i appen, under Varsler. Du kan endre dem når som helst.",
    "sv": "Du får detta mejl enligt dina inställningar i appen, under Aviseringar. Du kan ändra dem när som helst.",
}
