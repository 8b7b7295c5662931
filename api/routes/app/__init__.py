"""The app API ``/v1``: JSON for the driver's phone, problems as RFC 9457, described by OpenAPI 3.1.

Does not live here: rules and queries (``services``), who is asking (``api/deps.py``), the mount (``api/factory.py``).
"""
