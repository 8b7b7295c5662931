"""French."""

from typing import Final

from api.services.notices.letter_texts.templates import Template

FR_FOOT: Final = """\
--
{our_name}
Des questions ? {contact}
"""
FR: Final[dict[Template, tuple[str, str]]] = {
    Template.ACTIVATE: (
        "Confirmez votre adresse pour {our_name}",
        """\
Bonjour,

un compte {our_name} a été créé avec cette adresse. Si c'est vous, ouvrez cette page et confirmez :

{link}

Ou saisissez ce code dans l'application : {code}

Les deux sont valables une seule fois, pendant {hours} heures. Si ce n'est pas vous, ne faites rien : sans
confirmation, il n'y a pas de compte.
""",
    ),
    Template.ACCOUNT_EXISTS: (
        "Vous avez déjà un compte {our_name}",
        """\
Bonjour,

quelqu'un a voulu utiliser cette adresse pour un compte {our_name}, mais elle en a déjà un. Si c'est vous,
connectez-vous comme d'habitude ; si vous avez oublié votre mot de passe, demandez-en un nouveau dans l'application.
Si ce n'est pas vous, il n'y a rien à faire.
""",
    ),
    Template.RESET: (
        "Choisissez un nouveau mot de passe pour {our_name}",
        """\
Bonjour,

un nouveau mot de passe a été demandé pour votre compte. Si c'est vous, choisissez-le ici :

{link}

Le lien est valable une seule fois, pendant {hours} heure(s). Tous les appareils seront alors déconnectés. Si ce n'est
pas vous, ne faites rien : votre mot de passe reste inchangé.
""",
    ),
    Template.PASSWORD_CHANGED: (
        "Votre mot de passe a été modifié",
        """\
Bonjour,

le mot de passe de votre compte {our_name} a été modifié et les autres appareils ont été déconnectés. Si ce n'est pas
vous, demandez tout de suite un nouveau mot de passe dans l'application et écrivez-nous.
""",
    ),
    Template.EMAIL_CONFIRM: (
        "Confirmez votre nouvelle adresse pour {our_name}",
        """\
Bonjour,

cette adresse doit devenir celle d'un compte {our_name}. Si vous l'avez demandé, ouvrez cette page et confirmez :

{link}

Le lien est valable une seule fois, pendant {hours} heures. Si ce n'est pas vous, ne faites rien.
""",
    ),
    Template.EMAIL_CHANGED: (
        "L'adresse de votre compte a été modifiée",
        """\
Bonjour,

le compte {our_name} lié à cette adresse en a maintenant une autre. Si c'est vous, il n'y a rien à faire.

Si ce n'est pas vous, annulez ici ; tous les appareils seront déconnectés et nous vous enverrons un lien pour un
nouveau mot de passe :

{link}

Le lien est valable une seule fois, pendant {days} jours.
""",
    ),
    Template.EXPORT_READY: (
        "La copie de vos données est prête",
        """\
Bonjour,

la copie de vos données que vous avez demandée est prête. Téléchargez-la dans l'application dans les {hours} heures ;
elle sera ensuite supprimée. Si vous ne l'avez pas demandée, changez votre mot de passe et écrivez-nous.
""",
    ),
    Template.ERASURE_PLANNED: (
        "Votre compte sera supprimé le {day}",
        """\
Bonjour,

comme vous l'avez demandé, votre compte {our_name} sera supprimé le {day}. D'ici là, il ne permet plus de démarrer une
charge. Nous gardons les reçus aussi longtemps que le droit fiscal l'exige, sans votre adresse ni votre mot de passe.

Si vous changez d'avis, ou si ce n'est pas vous, gardez le compte ici :

{link}
""",
    ),
    Template.ERASED: (
        "Votre compte a été supprimé",
        """\
Bonjour,

votre compte {our_name} a été supprimé. Ceci est notre dernier message. Ce que le droit fiscal nous impose de garder
l'est sous un numéro, et non sous votre adresse.
""",
    ),
}
