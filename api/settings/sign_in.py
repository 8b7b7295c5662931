"""What an operator may set of an identity provider (OpenID Connect) where staff may also sign in."""

from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings

from api.domain.staff.identity import StaffProvider

_LOOPBACK = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")


class SignInSettings(BaseSettings):
    """Off until an issuer is named. Without ``amr`` and ``acr`` the console asks for its own second factor as well."""

    console_oidc_issuer: str | None = None
    """The provider's address, exactly as its discovery document names it: ``https://login.example.com/realms/staff``."""
    console_oidc_client_id: str = ""
    console_oidc_client_secret: SecretStr | None = None
    console_oidc_name: str = "single sign-on"
    """What the button says: Sign in with ..."""
    console_oidc_amr: tuple[str, ...] = ()
    """Values of ``amr``, each of which says that the provider asked for a second factor, as JSON: ["mfa", "hwk"]."""
    console_oidc_acr: tuple[str, ...] = ()
    """Values of ``acr`` that say so; the provider is asked for them."""

    @model_validator(mode="after")
    def refuse_half_a_provider(self) -> Self:
        """Raise ValueError when a provider is set up in part, or would be called in clear."""
        issuer = self.console_oidc_issuer
        if issuer is None:
            if self.console_oidc_client_id or self.console_oidc_client_secret:
                raise ValueError("console_oidc_client_id and console_oidc_client_secret need console_oidc_issuer")
            return self
        if not (self.console_oidc_client_id and self.console_oidc_client_secret):
            raise ValueError("console_oidc_issuer needs console_oidc_client_id and console_oidc_client_secret")
        if not issuer.startswith(("https://", *_LOOPBACK)):
            raise ValueError("console_oidc_issuer must be https")
        return self

    @property
    def console_provider(self) -> StaffProvider | None:
        """Return what of the provider counts in the console, None where there is none."""
        if self.console_oidc_issuer is None:
            return None
        return StaffProvider(self.console_oidc_name, frozenset(self.console_oidc_amr), frozenset(self.console_oidc_acr))
