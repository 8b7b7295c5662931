"""What a charger reports of itself: the error codes of OCPP 1.6, as displays and operators name them."""

from api.domain.support.meanings_rows import Cause, Five, Kind, Row

_AGAIN: Five = (
    "Unplug, wait half a minute, plug in again and start anew.",
    "Ziehen Sie das Kabel, warten Sie eine halbe Minute, stecken Sie es wieder ein und starten Sie neu.",
    "Débranchez, attendez une demi-minute, rebranchez et redémarrez.",
    "Trekk ut, vent et halvt minutt, sett i igjen og start på nytt.",
    "Dra ur, vänta en halv minut, sätt i igen och starta om.",
)
_OTHER: Five = (
    "Please take another charger.",
    "Bitte nehmen Sie eine andere Ladesäule.",
    "Veuillez choisir une autre borne.",
    "Velg en annen lader.",
    "Välj en annan laddare.",
)
_DANGER: Five = (
    "Do not touch the cable; take another charger and tell the operator.",
    "Fassen Sie das Kabel nicht an; nehmen Sie eine andere Ladesäule und sagen Sie es dem Betreiber.",
    "Ne touchez pas au câble ; prenez une autre borne et prévenez l'exploitant.",
    "Ikke rør kabelen; ta en annen lader og si fra til operatøren.",
    "Rör inte kabeln; ta en annan laddare och säg till operatören.",
)
_STUCK: Five = (
    "Do not pull. Lock and unlock the car, wait half a minute, try again; then call the operator.",
    (
        "Nicht ziehen. Verriegeln und entriegeln Sie das Auto, warten Sie eine halbe Minute, versuchen Sie es erneut;"
        " dann rufen Sie den Betreiber an."
    ),
    (
        "Ne tirez pas. Verrouillez et déverrouillez la voiture, attendez une demi-minute, réessayez ; puis appelez"
        " l'exploitant."
    ),
    "Ikke dra. Lås bilen og lås den opp igjen, vent et halvt minutt, prøv igjen; ring så operatøren.",
    "Dra inte. Lås bilen och lås upp den igen, vänta en halv minut, försök igen; ring sedan operatören.",
)
_APP: Five = (
    "Start in the app instead of with the card.",
    "Starten Sie in der App statt mit der Karte.",
    "Démarrez dans l'application plutôt qu'avec le badge.",
    "Start i appen i stedet for med brikken.",
    "Starta i appen i stället för med brickan.",
)
_NOTHING: Five = (
    "There is nothing to do.",
    "Es ist nichts zu tun.",
    "Il n'y a rien à faire.",
    "Det er ingenting å gjøre.",
    "Det finns inget att göra.",
)
_VISIT = "Tell the operator: somebody has to go there. Add the time and the neighbors' state."
_WATCH = "Once is no matter. Twice within a day at one EVSE: tell the operator."


def _error(code: str, cause: Cause, meaning: Five, driver: Five, staff: str) -> Row:
    return Row(code, Kind.CHARGER_ERROR, cause, meaning, driver, staff)


ERRORS = (
    _error(
        "connector_lock_failure",
        Cause.CHARGER,
        (
            "The lock of the connector does not close or open.",
            "Die Verriegelung des Steckers schließt oder öffnet nicht.",
            "Le verrou du connecteur ne se ferme ou ne s'ouvre pas.",
            "Låsen på kontakten lukker eller åpner ikke.",
            "Kontaktens lås stänger eller öppnar inte.",
        ),
        _STUCK,
        "Ask for the release by the operator (unlock request). Repeated at one EVSE: it needs a visit.",
    ),
    _error(
        "ev_communication_error",
        Cause.VEHICLE,
        (
            "The charger and the car do not understand each other.",
            "Ladesäule und Auto verstehen einander nicht.",
            "La borne et la voiture ne se comprennent pas.",
            "Laderen og bilen forstår ikke hverandre.",
            "Laddaren och bilen förstår inte varandra.",
        ),
        _AGAIN,
        "Ask for the car's model. Other cars charge there: the car's maker. No car does: tell the operator.",
    ),
    _error(
        "ground_failure",
        Cause.CHARGER,
        (
            "A protective device saw current going astray and switched off.",
            "Eine Schutzeinrichtung hat einen Fehlerstrom erkannt und abgeschaltet.",
            "Un dispositif de protection a détecté un courant de fuite et a coupé.",
            "Et vern oppdaget jordfeil og koblet ut.",
            "Ett skydd upptäckte jordfel och slog ifrån.",
        ),
        _DANGER,
        "Urgent: no further start there. " + _VISIT,
    ),
    _error(
        "high_temperature",
        Cause.CHARGER,
        (
            "The charger or the plug is too hot and charges less or not at all.",
            "Die Ladesäule oder der Stecker ist zu heiß und lädt weniger oder gar nicht.",
            "La borne ou le connecteur est trop chaud et charge moins, ou pas du tout.",
            "Laderen eller kontakten er for varm og lader mindre eller ikke i det hele tatt.",
            "Laddaren eller kontakten är för varm och laddar mindre eller inte alls.",
        ),
        _OTHER,
        "On hot days wait an hour. Otherwise " + _VISIT[0].lower() + _VISIT[1:],
    ),
    _error(
        "internal_error",
        Cause.CHARGER,
        (
            "Something inside the charger failed.",
            "In der Ladesäule ist etwas ausgefallen.",
            "Un élément interne de la borne est en panne.",
            "Noe inne i laderen sviktet.",
            "Något inne i laddaren har fallerat.",
        ),
        _OTHER,
        "Ask the operator for a restart. " + _WATCH,
    ),
    _error(
        "local_list_conflict",
        Cause.OPERATOR,
        (
            "The charger's own list of cards contradicts the operator's.",
            "Die Kartenliste in der Ladesäule widerspricht der des Betreibers.",
            "La liste de badges de la borne contredit celle de l'exploitant.",
            "Laderens egen liste over brikker strider mot operatørens.",
            "Laddarens egen lista över brickor stämmer inte med operatörens.",
        ),
        _APP,
        "Tell the operator: the local list of the post has to be sent anew.",
    ),
    _error(
        "no_error",
        Cause.NOBODY,
        (
            "The charger reports that all is well.",
            "Die Ladesäule meldet, dass alles in Ordnung ist.",
            "La borne signale que tout va bien.",
            "Laderen melder at alt er bra.",
            "Laddaren rapporterar att allt är bra.",
        ),
        _NOTHING,
        "Nothing to do.",
    ),
    _error(
        "other_error",
        Cause.CHARGER,
        (
            "The charger reports a fault without saying which.",
            "Die Ladesäule meldet einen Fehler, ohne zu sagen, welchen.",
            "La borne signale une panne sans dire laquelle.",
            "Laderen melder en feil uten å si hvilken.",
            "Laddaren rapporterar ett fel utan att säga vilket.",
        ),
        _AGAIN,
        "Ask the operator for the maker's own code. " + _WATCH,
    ),
    _error(
        "over_current_failure",
        Cause.VEHICLE,
        (
            "More current flowed than is allowed, so the charger switched off.",
            "Es floss mehr Strom als erlaubt, darum hat die Ladesäule abgeschaltet.",
            "Le courant a dépassé la limite ; la borne a coupé.",
            "Det gikk mer strøm enn tillatt, så laderen slo av.",
            "Mer ström än tillåtet flöt, så laddaren slog ifrån.",
        ),
        _AGAIN,
        "One car only: the car's maker. Several: " + _VISIT[0].lower() + _VISIT[1:],
    ),
    _error(
        "over_voltage",
        Cause.NETWORK,
        (
            "The voltage of the grid is too high.",
            "Die Netzspannung ist zu hoch.",
            "La tension du réseau électrique est trop élevée.",
            "Nettspenningen er for høy.",
            "Nätspänningen är för hög.",
        ),
        _OTHER,
        "Tell the operator; several EVSEs of a site at once mean the site's grid connection.",
    ),
    _error(
        "power_meter_failure",
        Cause.CHARGER,
        (
            "The charger cannot read its meter.",
            "Die Ladesäule kann ihren Zähler nicht lesen.",
            "La borne ne peut pas lire son compteur.",
            "Laderen kan ikke lese måleren sin.",
            "Laddaren kan inte läsa sin mätare.",
        ),
        _OTHER,
        "Energy of charges there is not proven: look at their bills. " + _VISIT,
    ),
    _error(
        "power_switch_failure",
        Cause.CHARGER,
        (
            "The switch for the charging current does not work.",
            "Der Schalter für den Ladestrom arbeitet nicht.",
            "Le contacteur du courant de charge ne fonctionne pas.",
            "Bryteren for ladestrømmen virker ikke.",
            "Brytaren för laddströmmen fungerar inte.",
        ),
        _DANGER,
        "Urgent: the connector may be live. " + _VISIT,
    ),
    _error(
        "reader_failure",
        Cause.CHARGER,
        (
            "The card reader is broken.",
            "Der Kartenleser ist defekt.",
            "Le lecteur de badges est en panne.",
            "Kortleseren er i ustand.",
            "Kortläsaren är trasig.",
        ),
        _APP,
        "Starts from the app go on. Tell the operator.",
    ),
    _error(
        "reset_failure",
        Cause.CHARGER,
        (
            "The charger could not restart.",
            "Die Ladesäule konnte nicht neu starten.",
            "La borne n'a pas pu redémarrer.",
            "Laderen kunne ikke starte på nytt.",
            "Laddaren kunde inte starta om.",
        ),
        _OTHER,
        _VISIT,
    ),
    _error(
        "under_voltage",
        Cause.NETWORK,
        (
            "The voltage of the grid is too low.",
            "Die Netzspannung ist zu niedrig.",
            "La tension du réseau électrique est trop basse.",
            "Nettspenningen er for lav.",
            "Nätspänningen är för låg.",
        ),
        _OTHER,
        "Tell the operator; several EVSEs of a site at once mean the site's grid connection.",
    ),
    _error(
        "weak_signal",
        Cause.NETWORK,
        (
            "The charger's radio link is weak; it may answer late.",
            "Die Funkverbindung der Ladesäule ist schwach; sie antwortet vielleicht spät.",
            "La liaison radio de la borne est faible ; elle peut répondre tard.",
            "Laderens radioforbindelse er svak; den kan svare sent.",
            "Laddarens radioförbindelse är svag; den kan svara sent.",
        ),
        (
            "Be patient for a minute or two; a pass at the post may work at once.",
            "Haben Sie ein, zwei Minuten Geduld; eine Karte an der Säule geht vielleicht sofort.",
            "Patientez une ou deux minutes ; un badge à la borne marche peut-être aussitôt.",
            "Vær tålmodig et minutt eller to; en brikke på laderen virker kanskje med en gang.",
            "Ha tålamod en minut eller två; en bricka vid laddaren fungerar kanske genast.",
        ),
        "Late results and sessions are to be expected. Tell the operator when starts fail for it.",
    ),
)
