"""The JSON edge under /v1."""
