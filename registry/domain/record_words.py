"""Severity and strength of proof in words; each sentence is a message id."""

from collections.abc import Mapping
from types import MappingProxyType

from registry.domain.ids import Confidence, Severity

SEVERITY_TEXT: Mapping[Severity, str] = MappingProxyType(
    {
        Severity.S1: "Small: seen by its own member only",
        Severity.S2: "General",
        Severity.S3: "Large, repeated or organised",
        Severity.S4: "A final judgment",
    }
)
CONFIDENCE_TEXT: Mapping[Confidence, str] = MappingProxyType(
    {
        Confidence.A: "A court or an admission",
        Confidence.B: "Three or more kinds of proof",
        Confidence.C: "Two kinds of proof",
    }
)
