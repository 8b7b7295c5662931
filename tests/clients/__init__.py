"""Tests of our side of conversations with other systems, mirroring `clients/`."""
