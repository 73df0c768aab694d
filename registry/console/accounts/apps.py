"""The secret of codes as an authenticator app takes it in: a picture to scan, and letters to type."""

import pyotp
import segno


def picture_of(otpauth: str) -> str:
    """Draw the URI as a QR code (ISO/IEC 18004), as an address that holds the picture itself."""
    return segno.make(otpauth, error="m", micro=False).svg_data_uri(scale=4, border=4, light="#fff", dark="#000")


def secret_of(otpauth: str) -> str:
    """Return the secret in groups of four."""
    text = pyotp.parse_uri(otpauth).secret
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
