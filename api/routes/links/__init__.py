"""Links that open the app where it is, and a page where it is not: what QR codes and messages carry (A26)."""

from api.routes.links.routes import link_routes
from api.routes.links.stories import story_routes

__all__ = ["link_routes", "story_routes"]
