"""A library that speaks OCPI as an eMSP: calls partners, and reads and writes each version's objects.

Lives here: transport, envelope, handshake, version dialects and the gateway that implements ``api.ports.roaming``.
Does not live here: what partners call (``api/routes/ocpi``), storage, and any decision about a charge.
"""
