"""Tests of the model of OCPI things."""
