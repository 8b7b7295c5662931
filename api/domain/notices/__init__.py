"""What drivers are told: kinds and channels, quiet hours, texts; and how webhooks to back ends are signed."""
