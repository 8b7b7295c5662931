"""Pushing to devices: Firebase Cloud Messaging, Apple's service, and Web Push."""
