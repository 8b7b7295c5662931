"""Tests of the rules of help: hours, contacts."""
