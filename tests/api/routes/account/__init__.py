"""The pages behind mailed links."""
