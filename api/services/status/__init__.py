"""What is up and what is not: probes, incidents, maintenance, uptime, the public status page, the success of starts."""
