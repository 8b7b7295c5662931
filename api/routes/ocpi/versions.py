"""Versions and their endpoints (OCPI 2.2.1 chapter 6); hubs also use them as a heartbeat."""

from starlette.responses import Response

from api.routes.ocpi.call import Call
from api.services.roaming.urls import endpoint_url, version_url
from clients.ocpi.dialect import SUPPORTED


async def list_versions(call: Call) -> Response:
    """Answer ``GET /versions``."""
    policy = call.ports.policy
    return call.success([{"version": version, "url": version_url(policy, version)} for version in SUPPORTED])


async def show_version(call: Call) -> Response:
    """Answer ``GET /{version}``."""
    version = call.dialect.version
    urls = {module: endpoint_url(call.ports.policy, version, module) for module, _ in call.dialect.served}
    return call.success(call.dialect.write_version(urls))
