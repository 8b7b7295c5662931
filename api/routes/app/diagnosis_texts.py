"""The words of a diagnosis: steps and what comes before them, in the languages that we write to drivers in.

Safety first: what is said about a stuck cable and about a post that smells or glows stands before every step.
"""

from api.domain.language import LANGUAGES
from api.domain.support.diagnose import Step

_STEPS: dict[Step, tuple[str, str, str, str, str]] = {
    Step.TOP_UP: (
        "Your wallet has less than a start needs. Top it up, then start again.",
        "In Ihrem Guthaben ist weniger, als ein Start braucht. Laden Sie es auf und starten Sie dann noch einmal.",
        "Votre solde est inférieur au minimum d'un démarrage. Rechargez-le, puis redémarrez.",
        "Lommeboken har mindre enn en start trenger. Fyll på og start igjen.",
        "Plånboken har mindre än en start behöver. Fyll på och starta igen.",
    ),
    Step.SETTLE_DEBT: (
        "An earlier charge is not paid yet. Pay it, then start again.",
        "Ein früherer Ladevorgang ist noch nicht bezahlt. Bezahlen Sie ihn und starten Sie dann noch einmal.",
        "Une recharge précédente n'est pas encore payée. Réglez-la, puis redémarrez.",
        "En tidligere lading er ikke betalt. Betal den og start igjen.",
        "En tidigare laddning är inte betald. Betala den och starta igen.",
    ),
    Step.ADD_CARD: (
        "No means of payment works at the moment. Add a card, then start again.",
        "Im Moment funktioniert kein Zahlungsmittel. Fügen Sie eine Karte hinzu und starten Sie dann noch einmal.",
        "Aucun moyen de paiement ne fonctionne pour le moment. Ajoutez une carte, puis redémarrez.",
        "Ingen betalingsmåte virker nå. Legg til et kort og start igjen.",
        "Inget betalningssätt fungerar just nu. Lägg till ett kort och starta igen.",
    ),
    Step.MEND_PASS: (
        "Your pass cannot charge yet. See under your passes what it needs.",
        "Ihre Ladekarte kann noch nicht laden. Bei Ihren Karten steht, was ihr fehlt.",
        "Votre badge ne peut pas encore charger. La page de vos badges dit ce qui lui manque.",
        "Ladekortet ditt kan ikke lade ennå. Se under kortene dine hva som mangler.",
        "Ditt laddkort kan inte ladda ännu. Se under dina kort vad som saknas.",
    ),
    Step.WAIT_FOR_US: (
        "It is our fault: we are working on it. The status page says how far we are.",
        "Es liegt an uns: wir arbeiten daran. Die Statusseite sagt, wie weit wir sind.",
        "Le problème vient de nous et nous y travaillons. La page d'état indique où nous en sommes.",
        "Feilen er hos oss, og vi arbeider med den. Statussiden sier hvor langt vi er.",
        "Felet är hos oss och vi arbetar på det. Statussidan säger hur långt vi har kommit.",
    ),
    Step.CHECK_CAR_TIMER: (
        "The charger is ready, but the car takes nothing. Look for a charging timer in the car and switch it off.",
        "Die Säule ist bereit, das Auto nimmt nichts. Schalten Sie einen Lade-Timer im Auto aus, falls es ihn gibt.",
        "La borne est prête, mais la voiture ne prend rien. Cherchez une programmation de charge et désactivez-la.",
        "Laderen er klar, men bilen tar ikke strøm. Se etter et ladetidsur i bilen og slå det av.",
        "Laddaren är redo, men bilen tar ingen ström. Leta efter en laddtimer i bilen och stäng av den.",
    ),
    Step.CHECK_CABLE: (
        "Push the plug firmly in at the charger and at the car until both click.",
        "Drücken Sie den Stecker an der Ladesäule und am Auto fest hinein, bis beide einrasten.",
        "Enfoncez bien la prise côté borne et côté voiture, jusqu'au déclic des deux.",
        "Trykk pluggen godt inn ved laderen og bilen til begge klikker.",
        "Tryck in kontakten ordentligt vid laddaren och bilen tills båda klickar.",
    ),
    Step.WAIT_AND_RETRY: (
        "Wait until the countdown is over, then start again: the charger needs the pause.",
        "Warten Sie, bis der Countdown vorbei ist, und starten Sie dann noch einmal: die Säule braucht die Pause.",
        "Attendez la fin du compte à rebours, puis redémarrez : la borne a besoin de cette pause.",
        "Vent til nedtellingen er over, og start igjen: laderen trenger pausen.",
        "Vänta tills nedräkningen är klar och starta igen: laddaren behöver pausen.",
    ),
    Step.RETRY_WITH_PASS: (
        "Hold your pass against the reader of the charger.",
        "Halten Sie Ihre Ladekarte an das Lesegerät der Ladesäule.",
        "Présentez votre badge au lecteur de la borne.",
        "Hold ladekortet mot leseren på laderen.",
        "Håll laddkortet mot läsaren på laddaren.",
    ),
    Step.OTHER_CONNECTOR: (
        "Take another connector here: these can be started now.",
        "Nehmen Sie hier einen anderen Anschluss: diese lassen sich jetzt starten.",
        "Prenez une autre prise sur place : celles-ci peuvent démarrer.",
        "Ta en annen kontakt her: disse kan startes nå.",
        "Ta ett annat uttag här: de här kan startas nu.",
    ),
    Step.OTHER_SITE: (
        "Take another site nearby: this one does not work at the moment.",
        "Nehmen Sie einen anderen Standort in der Nähe: dieser funktioniert im Moment nicht.",
        "Choisissez un autre site à proximité : celui-ci ne fonctionne pas pour le moment.",
        "Ta et annet sted i nærheten: dette virker ikke nå.",
        "Ta en annan plats i närheten: den här fungerar inte just nu.",
    ),
    Step.STOP_IN_APP: (
        "Stop the charge in the app.",
        "Beenden Sie den Ladevorgang in der App.",
        "Arrêtez la recharge dans l'application.",
        "Stopp ladingen i appen.",
        "Stoppa laddningen i appen.",
    ),
    Step.RESTART_APP: (
        "Close the app and open it again: your charge is shown once more, with its stop button.",
        "Schließen Sie die App und öffnen Sie sie wieder: Ihr Ladevorgang erscheint wieder, mit dem Stopp-Knopf.",
        "Fermez l'application et rouvrez-la : votre recharge réapparaît, avec le bouton d'arrêt.",
        "Lukk appen og åpne den igjen: ladingen vises på nytt, med stoppknappen.",
        "Stäng appen och öppna den igen: laddningen visas på nytt, med stoppknappen.",
    ),
    Step.STOP_WITH_PASS: (
        "Hold your pass against the reader of the charger: it stops this charge too.",
        "Halten Sie Ihre Ladekarte an das Lesegerät der Säule: sie beendet auch diesen Ladevorgang.",
        "Présentez votre badge au lecteur de la borne : il arrête aussi cette recharge.",
        "Hold ladekortet mot leseren på laderen: det stopper også denne ladingen.",
        "Håll laddkortet mot läsaren på laddaren: det stoppar också den här laddningen.",
    ),
    Step.UNPLUG_AT_CAR: (
        "Unlock the car and unplug at the car first, then at the charger.",
        "Entriegeln Sie das Auto und ziehen Sie zuerst am Auto, dann an der Säule den Stecker.",
        "Déverrouillez la voiture et débranchez d'abord côté voiture, puis côté borne.",
        "Lås opp bilen og koble først fra ved bilen, så ved laderen.",
        "Lås upp bilen och koppla först ur vid bilen, sedan vid laddaren.",
    ),
    Step.EMERGENCY_STOP: (
        "As the last resort press the red emergency button. The whole post goes off until the operator comes.",
        "Drücken Sie als letzten Ausweg den roten Not-Aus. Die ganze Säule ist dann aus, bis der Betreiber kommt.",
        "En dernier recours, appuyez sur l'arrêt d'urgence rouge. Il coupe toute la borne et l'opérateur devra venir.",
        "Trykk på den røde nødstoppen som siste utvei. Den slår av hele laderen, og operatøren må komme.",
        "Tryck på den röda nödstoppen som sista utväg. Den stänger av hela laddaren och operatören måste komma.",
    ),
    Step.LOCK_AND_UNLOCK: (
        "Lock the car and unlock it again with the key. In many cars that opens the plug.",
        "Verriegeln und entriegeln Sie das Auto mit dem Schlüssel. Bei vielen Autos löst das den Stecker.",
        "Verrouillez puis déverrouillez la voiture avec la clé. Souvent, cela libère la prise.",
        "Lås bilen og lås den opp igjen med nøkkelen. I mange biler løsner pluggen da.",
        "Lås bilen och lås upp den igen med nyckeln. I många bilar lossnar kontakten då.",
    ),
    Step.WAIT_FOR_LOCK: (
        "Wait until the countdown is over, then pull gently once.",
        "Warten Sie, bis der Countdown vorbei ist, und ziehen Sie dann einmal sanft.",
        "Attendez la fin du compte à rebours, puis tirez une fois doucement.",
        "Vent til nedtellingen er over, og dra så forsiktig én gang.",
        "Vänta tills nedräkningen är klar och dra sedan försiktigt en gång.",
    ),
    Step.ASK_TO_UNLOCK: (
        "Ask for the connector to be unlocked. A person looks at it and has the charger do it.",
        "Bitten Sie um das Entriegeln. Jemand sieht es sich an und lässt die Säule entriegeln.",
        "Demandez le déverrouillage. Une personne vérifie et le fait exécuter par la borne.",
        "Be om at kontakten låses opp. Noen ser på det og lar laderen gjøre det.",
        "Be om att uttaget låses upp. Någon tittar på det och låter laddaren göra det.",
    ),
    Step.ASK_ISSUER: (
        "Ask whoever issued the badge: only they see whether it is blocked.",
        "Fragen Sie, wer die Karte ausgegeben hat: nur dort sieht man, ob sie gesperrt ist.",
        "Demandez à l'émetteur du badge : lui seul voit s'il est bloqué.",
        "Spør den som ga ut kortet: bare de ser om det er sperret.",
        "Fråga den som gav ut kortet: bara de ser om det är spärrat.",
    ),
    Step.CALL_OPERATOR: (
        "Call the operator of the charger: they see its faults and can restart it.",
        "Rufen Sie den Betreiber der Säule an: er sieht ihre Fehler und kann sie neu starten.",
        "Appelez l'opérateur de la borne : il voit ses défauts et peut la redémarrer.",
        "Ring operatøren av laderen: de ser feilene og kan starte den på nytt.",
        "Ring laddarens operatör: de ser felen och kan starta om den.",
    ),
    Step.CALL_HOTLINE: (
        "Call the hotline, it is open day and night.",
        "Rufen Sie die Hotline an, sie ist Tag und Nacht besetzt.",
        "Appelez l'assistance, joignable jour et nuit.",
        "Ring hjelpelinjen, den er åpen døgnet rundt.",
        "Ring hjälplinjen, den är öppen dygnet runt.",
    ),
    Step.ASK_US: (
        "We take over. Your case is written with all that was tried, so that nobody asks you again.",
        "Wir übernehmen. Ihr Fall ist geschrieben, mit allem, was versucht wurde, damit niemand noch einmal fragt.",
        "Nous prenons le relais. Votre dossier contient déjà tout ce qui a été essayé.",
        "Vi tar over. Saken er skrevet med alt som er prøvd, så ingen spør deg igjen.",
        "Vi tar över. Ärendet är skrivet med allt som prövats, så att ingen frågar igen.",
    ),
}
_OTHERS: dict[str, tuple[str, str, str, str, str]] = {
    "never_force": (
        "Never pull with force: plug and lock can break, and live parts can be laid bare.",
        "Ziehen Sie nie mit Gewalt: Stecker und Verriegelung können brechen und spannungsführende Teile frei liegen.",
        "Ne tirez jamais de force : la prise et le verrou peuvent casser et exposer des parties sous tension.",
        "Dra aldri med makt: plugg og lås kan brekke, og strømførende deler kan bli blottlagt.",
        "Dra aldrig med våld: kontakt och lås kan gå sönder och strömförande delar kan blottas.",
    ),
    "keep_away": (
        "If it smells, smokes or sparks, keep away from the charger and call 112.",
        "Wenn es riecht, raucht oder funkt, halten Sie Abstand und rufen Sie 112.",
        "En cas d'odeur, de fumée ou d'étincelles, éloignez-vous et appelez le 112.",
        "Hvis det lukter, ryker eller gnistrer, hold avstand og ring 112.",
        "Om det luktar, ryker eller gnistrar, håll avstånd och ring 112.",
    ),
    "emergency_only": (
        "Use the emergency stop only when something is dangerous or nothing else ended the charge. In danger call 112.",
        "Nutzen Sie den Not-Aus nur bei Gefahr oder wenn sonst nichts das Laden beendet hat. Bei Gefahr rufen Sie 112.",
        "L'arrêt d'urgence ne sert qu'en cas de danger ou si rien d'autre n'a arrêté la recharge. En danger : le 112.",
        "Bruk nødstoppen bare ved fare eller når ingenting annet har stoppet ladingen. Ved fare, ring 112.",
        "Använd nödstoppen bara vid fara eller när inget annat har stoppat laddningen. Vid fara, ring 112.",
    ),
    "direct_current": (
        "On fast chargers the cable belongs to the post, which holds the lock: this happens more often there.",
        "An Schnellladern gehört das Kabel zur Säule, und sie hält die Verriegelung: dort kommt das öfter vor.",
        "Sur les bornes rapides, le câble appartient à la borne, qui tient le verrou : cela y arrive plus souvent.",
        "På hurtigladere hører kabelen til laderen, som holder låsen: der skjer dette oftere.",
        "På snabbladdare hör kabeln till laddaren, som håller låset: där händer det oftare.",
    ),
    "solved": (
        "Good that it works.",
        "Schön, dass es geht.",
        "Tant mieux, cela fonctionne.",
        "Fint at det virker.",
        "Bra att det fungerar.",
    ),
    "role_platform": (
        "Money, account and app",
        "Geld, Konto und App",
        "Paiement, compte et application",
        "Penger, konto og app",
        "Pengar, konto och app",
    ),
    "role_operator": (
        "The charger and its cable",
        "Die Ladesäule und ihr Kabel",
        "La borne et son câble",
        "Laderen og kabelen",
        "Laddaren och dess kabel",
    ),
    "role_owner": (
        "The site: access, parking, lights",
        "Der Standort: Zufahrt, Parken, Licht",
        "Le site : accès, stationnement, éclairage",
        "Stedet: adkomst, parkering, lys",
        "Platsen: tillfart, parkering, ljus",
    ),
    "role_issuer": (
        "The badge",
        "Die Ladekarte",
        "Le badge",
        "Ladekortet",
        "Laddkortet",
    ),
}


def step_text(step: Step, language: str) -> str:
    """Return what to do, in one of our languages."""
    return _STEPS[step][LANGUAGES.index(language)]


def diagnosis_text(key: str, language: str) -> str:
    """Return another text of a diagnosis: what is said for safety, who answers for what."""
    return _OTHERS[key][LANGUAGES.index(language)]


def text_keys() -> frozenset[str]:
    """Return every key, for tests."""
    return frozenset(map(str, _STEPS)) | frozenset(_OTHERS)
