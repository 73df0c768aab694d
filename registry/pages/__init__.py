"""What all pages share: one way to draw a page, to take in a form, to say no, and one design system."""

from registry.pages.assets import asset
from registry.pages.drawing import Drawing
from registry.pages.filling import Filled, asked, fill
from registry.pages.receiving import received
from registry.pages.site import site

__all__ = ["Drawing", "Filled", "asked", "asset", "fill", "received", "site"]
