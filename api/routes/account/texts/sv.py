"""Swedish."""

from typing import Final

from api.routes.account.texts.shape import Page, PageText, Texts

SV: Final = Texts(
    pages={
        Page.ACTIVATE: PageText(
            "Bekräfta din adress",
            "Bekräfta att {address} är din, så är ditt konto hos {our_name} klart.",
            "Bekräfta",
            "Ditt konto är klart",
            "Gå tillbaka till appen och logga in.",
        ),
        Page.RESET: PageText(
            "Välj ett nytt lösenord",
            "Det gäller kontot med adressen {address}. Alla enheter loggas ut.",
            "Spara lösenordet",
            "Ditt lösenord har ändrats",
            "Gå tillbaka till appen och logga in med det.",
        ),
        Page.EMAIL: PageText(
            "Bekräfta din nya adress",
            "Från och med nu är {address} adressen till ditt konto hos {our_name}.",
            "Bekräfta",
            "Din adress har ändrats",
            "Logga in med den från och med nu.",
        ),
        Page.UNDO_EMAIL: PageText(
            "Ångra ändringen",
            "Ditt konto får tillbaka adressen {address}, alla enheter loggas ut, och vi skickar dig en länk för ett"
            " nytt lösenord.",
            "Ångra",
            "Ändringen är ångrad",
            "Titta i din e-post: välj ett nytt lösenord nu.",
        ),
        Page.UNDO_ERASURE: PageText(
            "Behåll ditt konto",
            "Ditt konto hos {our_name} ska raderas. Du kan behålla det.",
            "Behåll kontot",
            "Ditt konto finns kvar",
            "Gå tillbaka till appen; allt är som förut.",
        ),
    },
    field_label="Nytt lösenord",
    field_hint="Minst {least} tecken. En mening är lätt att komma ihåg.",
    refused_title="Den här länken fungerar inte",
    reasons={
        "used": "Den har redan använts och gäller bara en gång. Om det var du är allt klart.",
        "replaced": "En nyare länk, eller en annan ändring av kontot, har tagit dess plats.",
        "expired": "Den är för gammal. Be om en ny i appen.",
        "taken": "Adressen tillhör redan ett konto. Logga in, eller be om ett nytt lösenord i appen.",
        "unknown": "Vi känner inte till den. Kopiera hela länken från e-posten, eller be om en ny i appen.",
        "short": "Lösenordet är för kort: det behöver minst {least} tecken.",
        "monotonous": "Lösenordet upprepar för få tecken. Välj ett annat.",
        "address": "Lösenordet får inte vara din adress.",
    },
)
