"""The words of notices about cases: title and text by key and language. Mails about cases begin with them, too."""

from collections.abc import Mapping

from api.domain.notices.texts_charge import Words

CASES: Mapping[str, Words] = {
    "case_opened": {
        "en": ("We have your case", "Its number is {number}. We expect to solve it by {when}."),
        "de": ("Ihr Fall ist bei uns", "Er hat die Nummer {number}. Wir rechnen mit einer Lösung bis {when}."),
        "fr": ("Nous avons reçu votre demande", "Son numéro est {number}. Nous pensons la résoudre d'ici {when}."),
        "nb": ("Vi har mottatt saken din", "Den har nummer {number}. Vi regner med å løse den innen {when}."),
        "sv": ("Vi har tagit emot ditt ärende", "Det har nummer {number}. Vi räknar med att lösa det senast {when}."),
    },
    "case_answered": {
        "en": ("An answer to your case", "There is an answer to case {number}."),
        "de": ("Antwort auf Ihren Fall", "Zu Fall {number} gibt es eine Antwort."),
        "fr": ("Réponse à votre demande", "Il y a une réponse à la demande {number}."),
        "nb": ("Svar på saken din", "Det er kommet svar i sak {number}."),
        "sv": ("Svar på ditt ärende", "Det finns ett svar i ärende {number}."),
    },
    "case_asked": {
        "en": ("We have a question", "For case {number} we need something from you."),
        "de": ("Wir haben eine Frage", "Zu Fall {number} brauchen wir etwas von Ihnen."),
        "fr": ("Nous avons une question", "Pour la demande {number}, il nous manque une information."),
        "nb": ("Vi har et spørsmål", "I sak {number} trenger vi noe fra deg."),
        "sv": ("Vi har en fråga", "I ärende {number} behöver vi något från dig."),
    },
    "case_level": {
        "en": ("Specialists look at your case", "Case {number} is now at level {level}."),
        "de": ("Fachleute sehen sich Ihren Fall an", "Fall {number} ist jetzt auf Stufe {level}."),
        "fr": ("Des spécialistes examinent votre demande", "La demande {number} est maintenant au niveau {level}."),
        "nb": ("Spesialister ser på saken din", "Sak {number} er nå på nivå {level}."),
        "sv": ("Specialister tittar på ditt ärende", "Ärende {number} är nu på nivå {level}."),
    },
    "case_expected": {
        "en": ("A new time for your case", "We now expect to solve case {number} by {when}."),
        "de": ("Neuer Zeitpunkt für Ihren Fall", "Wir rechnen jetzt mit einer Lösung von Fall {number} bis {when}."),
        "fr": ("Nouveau délai pour votre demande", "Nous pensons résoudre la demande {number} d'ici {when}."),
        "nb": ("Nytt tidspunkt for saken din", "Vi regner nå med å løse sak {number} innen {when}."),
        "sv": ("Ny tid för ditt ärende", "Vi räknar nu med att lösa ärende {number} senast {when}."),
    },
    "case_handed_over": {
        "en": ("Your case is with the operator", "{operator} takes care of case {number}; we stay with it."),
        "de": ("Ihr Fall ist beim Betreiber", "{operator} kümmert sich um Fall {number}; wir bleiben dabei."),
        "fr": ("Votre demande est chez l'opérateur", "{operator} s'occupe de la demande {number} ; nous la suivons."),
        "nb": ("Saken din er hos operatøren", "{operator} tar seg av sak {number}; vi følger den."),
        "sv": ("Ditt ärende är hos operatören", "{operator} tar hand om ärende {number}; vi följer det."),
    },
    "case_resolved": {
        "en": ("We think it is solved", "Please say whether case {number} is solved. After 7 days it is closed."),
        "de": (
            "Wir halten es für gelöst",
            "Bitte sagen Sie, ob Fall {number} gelöst ist. Nach 7 Tagen wird er geschlossen.",
        ),
        "fr": (
            "Nous pensons que c'est résolu",
            "Dites-nous si la demande {number} est résolue. Elle est close après 7 jours.",
        ),
        "nb": ("Vi tror det er løst", "Si fra om sak {number} er løst. Etter 7 dager lukkes den."),
        "sv": ("Vi tror att det är löst", "Säg till om ärende {number} är löst. Efter 7 dagar stängs det."),
    },
    "case_closed": {
        "en": ("Your case is closed", "Case {number} is closed. How did we do?"),
        "de": ("Ihr Fall ist geschlossen", "Fall {number} ist geschlossen. Wie waren wir?"),
        "fr": ("Votre demande est close", "La demande {number} est close. Êtes-vous satisfait ?"),
        "nb": ("Saken din er lukket", "Sak {number} er lukket. Hvordan gjorde vi det?"),
        "sv": ("Ditt ärende är stängt", "Ärende {number} är stängt. Hur gjorde vi?"),
    },
    "case_reopened": {
        "en": ("Your case is open again", "We are working on case {number} again."),
        "de": ("Ihr Fall ist wieder offen", "Wir arbeiten wieder an Fall {number}."),
        "fr": ("Votre demande est rouverte", "Nous travaillons de nouveau sur la demande {number}."),
        "nb": ("Saken din er åpnet igjen", "Vi jobber med sak {number} igjen."),
        "sv": ("Ditt ärende är öppet igen", "Vi arbetar med ärende {number} igen."),
    },
    "case_news": {
        "en": ("News about your case", "There is something new in case {number}."),
        "de": ("Neues zu Ihrem Fall", "In Fall {number} gibt es etwas Neues."),
        "fr": ("Du nouveau pour votre demande", "Il y a du nouveau dans la demande {number}."),
        "nb": ("Nytt i saken din", "Det er noe nytt i sak {number}."),
        "sv": ("Nytt i ditt ärende", "Det finns något nytt i ärende {number}."),
    },
}
