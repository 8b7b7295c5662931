"""The words of notices about help that was asked for: title and text by key and language, as in ``texts_charge.py``."""

from collections.abc import Mapping

from api.domain.notices.texts_charge import Words

HELP: Mapping[str, Words] = {
    "unlock_answer": {
        "en": ("About your cable", "There is an answer about your cable. Open the app."),
        "de": ("Zu Ihrem Kabel", "Es gibt eine Antwort zu Ihrem Kabel. Öffnen Sie die App."),
        "fr": ("À propos de votre câble", "Il y a une réponse au sujet de votre câble. Ouvrez l'app."),
        "nb": ("Om kabelen din", "Det er kommet svar om kabelen din. Åpne appen."),
        "sv": ("Om din kabel", "Det finns ett svar om din kabel. Öppna appen."),
    },
    "unlock_answer.unlocked": {
        "en": ("The charger let go", "Pull the cable out now. If it does not move, do not use force."),
        "de": ("Das Kabel ist entriegelt", "Ziehen Sie es jetzt heraus. Geht es nicht, wenden Sie keine Gewalt an."),
        "fr": ("Le câble est libéré", "Retirez-le maintenant. S'il ne bouge pas, ne forcez pas."),
        "nb": ("Kabelen er låst opp", "Trekk den ut nå. Går det ikke, må du ikke bruke makt."),
        "sv": ("Kabeln är upplåst", "Dra ut den nu. Går det inte, använd inte våld."),
    },
    "unlock_answer.failed": {
        "en": ("The cable could not be unlocked", "The charger said no. Call the operator; do not use force."),
        "de": (
            "Entriegeln nicht gelungen",
            "Die Ladestation hat abgelehnt. Rufen Sie den Betreiber an; keine Gewalt anwenden.",
        ),
        "fr": ("Déverrouillage impossible", "La borne a refusé. Appelez l'exploitant ; ne forcez pas."),
        "nb": ("Kabelen kunne ikke låses opp", "Laderen avviste det. Ring operatøren; ikke bruk makt."),
        "sv": ("Kabeln kunde inte låsas upp", "Laddaren nekade. Ring operatören; använd inte våld."),
    },
    "unlock_answer.unknown": {
        "en": (
            "Try the cable now",
            "The charger was asked to let go and gave no answer. If it holds, call the operator.",
        ),
        "de": (
            "Versuchen Sie es jetzt",
            "Die Ladestation sollte entriegeln und antwortet nicht. Hält sie fest, rufen Sie den Betreiber an.",
        ),
        "fr": (
            "Essayez maintenant",
            "La borne devait libérer le câble et n'a pas répondu. S'il tient encore, appelez l'exploitant.",
        ),
        "nb": ("Prøv kabelen nå", "Laderen ble bedt om å låse opp, men svarer ikke. Sitter den fast, ring operatøren."),
        "sv": ("Prova kabeln nu", "Laddaren ombads låsa upp men svarar inte. Sitter den fast, ring operatören."),
    },
    "unlock_answer.declined": {
        "en": ("Not unlocked from afar", "An agent looked at it and decided not to. The app shows why."),
        "de": ("Nicht aus der Ferne entriegelt", "Es wurde geprüft und abgelehnt. Die App zeigt, warum."),
        "fr": ("Pas de déverrouillage à distance", "Un agent a examiné et refusé. L'app indique pourquoi."),
        "nb": ("Ikke låst opp på avstand", "En medarbeider så på det og sa nei. Appen viser hvorfor."),
        "sv": ("Inte upplåst på distans", "En medarbetare tittade på det och sa nej. Appen visar varför."),
    },
    "unlock_answer.expired": {
        "en": (
            "Your request has lapsed",
            "The cable is out, or nobody decided in time. Ask again if it is still stuck.",
        ),
        "de": (
            "Ihre Anfrage ist abgelaufen",
            "Das Kabel ist frei, oder niemand hat rechtzeitig entschieden. Fragen Sie erneut, wenn es noch feststeckt.",
        ),
        "fr": (
            "Votre demande a expiré",
            "Le câble est libre, ou personne n'a décidé à temps. Redemandez s'il est encore coincé.",
        ),
        "nb": (
            "Forespørselen er utløpt",
            "Kabelen er ute, eller ingen svarte i tide. Spør igjen hvis den sitter fast.",
        ),
        "sv": ("Din begäran har gått ut", "Kabeln är ute, eller ingen svarade i tid. Fråga igen om den sitter fast."),
    },
}
