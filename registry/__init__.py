"""The refund-integrity registry: see docs/architecture.md for the layers."""
