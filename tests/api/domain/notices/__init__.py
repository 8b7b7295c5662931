"""Rules of what drivers are told."""
