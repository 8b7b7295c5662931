"""The addresses under which partners reach us; ``api/routes/ocpi`` serves them, ``clients/ocpi`` hands them out."""

from api.domain.roaming.partner import OurIdentity
from api.ports.policy import ServicePolicy


def base_url(policy: ServicePolicy) -> str:
    """Return the root of our OCPI face, without a slash at the end."""
    return policy.public_url.rstrip("/") + "/ocpi"


def versions_url(policy: ServicePolicy) -> str:
    """Return where a partner's registration begins."""
    return f"{base_url(policy)}/versions"


def version_url(policy: ServicePolicy, version: str) -> str:
    """Return where the endpoints of one version are listed."""
    return f"{base_url(policy)}/{version}"


def module_url(policy: ServicePolicy, version: str, module: str) -> str:
    """Return the endpoint of a module: credentials beside the version, functional modules under our role."""
    role = "" if module == "credentials" else "emsp/"
    return f"{version_url(policy, version)}/{role}{module}"


def endpoint_url(policy: ServicePolicy, version: str, module: str) -> str:
    """Return the endpoint of a module as version details list it: with a slash at its end.

    Some partners put ids right behind it; those that add a slash of their own are understood too.
    """
    return f"{module_url(policy, version, module)}/"


def our_identity(policy: ServicePolicy) -> OurIdentity:
    """Return how we introduce ourselves."""
    return OurIdentity(
        party=policy.our_party,
        name=policy.our_name,
        website=policy.our_website,
        versions_url=versions_url(policy),
    )
