"""Server-side cryptography, pure: bytes in, bytes out. What both sides compute lives in registry_formats."""
