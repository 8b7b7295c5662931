"""Tests of the service, mirroring `api/`."""
