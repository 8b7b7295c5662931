"""More of why a charge broke off: what happened around the money of a charge, and a stop that found nothing."""

from api.domain.support.meanings_rows import Cause, Five, Kind, Row

_WE_LOOK: Five = (
    "We look into it and write to you; you need not do anything.",
    "Wir sehen es uns an und schreiben Ihnen; Sie müssen nichts tun.",
    "Nous nous en occupons et vous écrirons ; vous n'avez rien à faire.",
    "Vi ser på det og skriver til deg; du trenger ikke gjøre noe.",
    "Vi tittar på det och skriver till dig; du behöver inte göra något.",
)

MORE_FAILURES = (
    Row(
        "session_unknown_to_operator",
        Kind.CHARGE_FAILURE,
        Cause.OPERATOR,
        (
            "The operator does not know this charge, or it is over already.",
            "Der Betreiber kennt diesen Ladevorgang nicht, oder er ist schon beendet.",
            "L'exploitant ne connaît pas cette charge, ou elle est déjà terminée.",
            "Operatøren kjenner ikke denne ladingen, eller den er allerede over.",
            "Operatören känner inte till den här laddningen, eller så är den redan slut.",
        ),
        (
            "Unlock the car and unplug; if the cable stays locked, call the operator.",
            "Entriegeln Sie das Auto und ziehen Sie das Kabel; bleibt es verriegelt, rufen Sie den Betreiber an.",
            "Déverrouillez la voiture et débranchez ; si le câble reste verrouillé, appelez l'exploitant.",
            "Lås opp bilen og trekk ut; sitter kabelen fast, ring operatøren.",
            "Lås upp bilen och dra ur; sitter kabeln fast, ring operatören.",
        ),
        "Compare our session id with the partner's last push. Ask the operator to end it at the post.",
    ),
    Row(
        "hold_ended",
        Kind.CHARGE_FAILURE,
        Cause.US,
        (
            "The reserved amount came to its end before the charge did.",
            "Die Reservierung endete vor dem Ladevorgang.",
            "La réservation du montant a pris fin avant la charge.",
            "Reservasjonen tok slutt før ladingen.",
            "Reservationen upphörde före laddningen.",
        ),
        (
            "Start again; a new amount is reserved then.",
            "Starten Sie noch einmal; dann wird ein neuer Betrag reserviert.",
            "Redémarrez ; un nouveau montant sera alors réservé.",
            "Start på nytt; da reserveres et nytt beløp.",
            "Starta igen; då reserveras ett nytt belopp.",
        ),
        "Look at the events of the hold: who ended it? A CDR that comes anyway is a finding for finance.",
    ),
    Row(
        "hold_amount_wrong",
        Kind.CHARGE_FAILURE,
        Cause.US,
        (
            "Another amount was reserved than you agreed to, so we gave it back.",
            "Es wurde ein anderer Betrag reserviert als vereinbart, darum haben wir ihn freigegeben.",
            "Un autre montant que convenu a été réservé ; nous l'avons donc libéré.",
            "Et annet beløp enn avtalt ble reservert, så vi frigav det.",
            "Ett annat belopp än avtalat reserverades, så vi frigjorde det.",
        ),
        (
            "Start again.",
            "Starten Sie noch einmal.",
            "Redémarrez.",
            "Start på nytt.",
            "Starta igen.",
        ),
        "Leave it to finance: there is a finding of the same name.",
    ),
    Row(
        "captured_unexpectedly",
        Kind.CHARGE_FAILURE,
        Cause.US,
        (
            "An amount was taken although there was no charge.",
            "Es wurde ein Betrag abgebucht, obwohl nicht geladen wurde.",
            "Un montant a été prélevé alors qu'il n'y a pas eu de charge.",
            "Et beløp ble trukket selv om det ikke ble ladet.",
            "Ett belopp drogs trots att det inte laddades.",
        ),
        _WE_LOOK,
        "Leave it to finance: there is a finding of the same name. Tell the driver that the money comes back.",
    ),
    Row(
        "canceled",
        Kind.CHARGE_FAILURE,
        Cause.NOBODY,
        (
            "The start was canceled before the charger began.",
            "Der Start wurde abgebrochen, bevor die Ladesäule begann.",
            "Le démarrage a été annulé avant que la borne ne commence.",
            "Starten ble avbrutt før laderen begynte.",
            "Starten avbröts innan laddaren började.",
        ),
        (
            "Nothing is to be paid.",
            "Es ist nichts zu zahlen.",
            "Il n'y a rien à payer.",
            "Det er ingenting å betale.",
            "Det är inget att betala.",
        ),
        "Nothing to do; see that the hold was released.",
    ),
)
ALIKE = {
    "timeout": "no_result",
    "no_session": "no_result",
    "interrupted": "no_result",
    "failed": "charger_failed",
    "session_invalid": "charger_failed",
    "partner_error": "partner_unreachable",
}
"""Failures that are told like another one."""
