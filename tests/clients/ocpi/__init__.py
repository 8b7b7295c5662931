"""Tests of the OCPI client library; they mirror ``clients/ocpi``."""
