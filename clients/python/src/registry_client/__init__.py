"""SDK for member platforms."""
