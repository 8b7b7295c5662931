"""Norwegian (Bokmål)."""

from typing import Final

from api.routes.account.texts.shape import Page, PageText, Texts

NB: Final = Texts(
    pages={
        Page.ACTIVATE: PageText(
            "Bekreft adressen din",
            "Bekreft at {address} er din, så er kontoen din hos {our_name} klar.",
            "Bekreft",
            "Kontoen din er klar",
            "Gå tilbake til appen og logg inn.",
        ),
        Page.RESET: PageText(
            "Velg et nytt passord",
            "Det gjelder kontoen med adressen {address}. Alle enheter blir logget ut.",
            "Lagre passordet",
            "Passordet ditt er endret",
            "Gå tilbake til appen og logg inn med det.",
        ),
        Page.EMAIL: PageText(
            "Bekreft den nye adressen din",
            "Fra nå av er {address} adressen til kontoen din hos {our_name}.",
            "Bekreft",
            "Adressen din er endret",
            "Logg inn med den fra nå av.",
        ),
        Page.UNDO_EMAIL: PageText(
            "Angre endringen",
            "Kontoen din får tilbake adressen {address}, alle enheter blir logget ut, og vi sender deg en lenke for et"
            " nytt passord.",
            "Angre",
            "Endringen er angret",
            "Se i e-posten din: velg et nytt passord nå.",
        ),
        Page.UNDO_ERASURE: PageText(
            "Behold kontoen din",
            "Kontoen din hos {our_name} skal slettes. Du kan beholde den.",
            "Behold kontoen",
            "Kontoen din blir",
            "Gå tilbake til appen; alt er som før.",
        ),
    },
    field_label="Nytt passord",
    field_hint="Minst {least} tegn. En setning er lett å huske.",
    refused_title="Denne lenken virker ikke",
    reasons={
        "used": "Den er allerede brukt og gjelder bare én gang. Hvis det var deg, er alt i orden.",
        "replaced": "En nyere lenke, eller en annen endring av kontoen, har tatt dens plass.",
        "expired": "Den er for gammel. Be om en ny i appen.",
        "taken": "Adressen tilhører allerede en konto. Logg inn, eller be om et nytt passord i appen.",
        "unknown": "Vi kjenner den ikke. Kopier hele lenken fra e-posten, eller be om en ny i appen.",
        "short": "Passordet er for kort: det trenger minst {least} tegn.",
        "monotonous": "Passordet gjentar for få tegn. Velg et annet.",
        "address": "Passordet kan ikke være adressen din.",
    },
)
