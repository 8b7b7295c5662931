"""Rules of what drivers are told: kinds and channels, quiet hours, texts; and how webhooks to app back ends are signed."""
