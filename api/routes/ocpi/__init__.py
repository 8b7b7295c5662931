"""The OCPI face: what partners call, written once for all versions (OCPI 2.2.1 chapters 4 to 13, eMSP side).

Plain Starlette, no framework that answers 422 by itself. A receiver parses the body through the version's dialect,
calls one service in one unit of work and shapes the answer. Does not live here: wire shapes (``clients/ocpi``), rules
(``services/roaming``, ``services/charging``).
"""

from api.routes.ocpi.app import create_ocpi_app

__all__ = ["create_ocpi_app"]
