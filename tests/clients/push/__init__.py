"""The push services, against stand-ins that check the real protocols."""
