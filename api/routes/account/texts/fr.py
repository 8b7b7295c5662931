"""French."""

from typing import Final

from api.routes.account.texts.shape import Page, PageText, Texts

FR: Final = Texts(
    pages={
        Page.ACTIVATE: PageText(
            "Confirmez votre adresse",
            "Confirmez que {address} est à vous, et votre compte {our_name} est prêt.",
            "Confirmer",
            "Votre compte est prêt",
            "Revenez à l'application et connectez-vous.",
        ),
        Page.RESET: PageText(
            "Choisissez un nouveau mot de passe",
            "Il vaut pour le compte dont l'adresse est {address}. Tous les appareils seront déconnectés.",
            "Enregistrer le mot de passe",
            "Votre mot de passe a été modifié",
            "Revenez à l'application et connectez-vous.",
        ),
        Page.EMAIL: PageText(
            "Confirmez votre nouvelle adresse",
            "Désormais, {address} est l'adresse de votre compte {our_name}.",
            "Confirmer",
            "Votre adresse a été modifiée",
            "Utilisez-la désormais pour vous connecter.",
        ),
        Page.UNDO_EMAIL: PageText(
            "Annuler la modification",
            "Votre compte reprend l'adresse {address}, tous les appareils sont déconnectés, et nous vous envoyons un"
            " lien pour un nouveau mot de passe.",
            "Annuler la modification",
            "La modification a été annulée",
            "Consultez vos e-mails : choisissez maintenant un nouveau mot de passe.",
        ),
        Page.UNDO_ERASURE: PageText(
            "Garder votre compte",
            "Votre compte {our_name} doit être supprimé. Vous pouvez le garder.",
            "Garder le compte",
            "Votre compte reste",
            "Revenez à l'application ; tout est comme avant.",
        ),
    },
    field_label="Nouveau mot de passe",
    field_hint="Au moins {least} caractères. Une phrase est facile à retenir.",
    refused_title="Ce lien ne fonctionne pas",
    reasons={
        "used": "Il a déjà été utilisé et ne vaut qu'une fois. Si c'était vous, tout est fait.",
        "replaced": "Un lien plus récent, ou une autre modification du compte, l'a remplacé.",
        "expired": "Il est trop ancien. Demandez-en un nouveau dans l'application.",
        "taken": "L'adresse appartient déjà à un compte. Connectez-vous, ou demandez un nouveau mot de passe dans"
        " l'application.",
        "unknown": "Nous ne le connaissons pas. Copiez-le en entier depuis l'e-mail, ou demandez-en un nouveau dans"
        " l'application.",
        "short": "Le mot de passe est trop court : il lui faut au moins {least} caractères.",
        "monotonous": "Le mot de passe répète trop peu de caractères. Choisissez-en un autre.",
        "address": "Le mot de passe ne doit pas être votre adresse.",
    },
)
