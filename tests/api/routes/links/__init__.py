"""Tests of the links that open the app."""
