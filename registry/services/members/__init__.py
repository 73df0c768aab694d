"""Members: admitted, by two operators where there are two; suspended and resumed; their keys rotated."""

from registry.services.members.admissions import approve, propose, refuse, waiting
from registry.services.members.applications import Application, add
from registry.services.members.keys import MAX_OVERLAP, retire_key, rotate_key
from registry.services.members.standing import resume, set_claims, suspend

__all__ = [
    "MAX_OVERLAP",
    "Application",
    "add",
    "approve",
    "propose",
    "refuse",
    "resume",
    "retire_key",
    "rotate_key",
    "set_claims",
    "suspend",
    "waiting",
]
