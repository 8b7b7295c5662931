"""What drivers are told."""
