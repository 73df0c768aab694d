"""The auditors' API: read-only, with a purpose, and each read in the log before it is answered."""

from fastapi import APIRouter

from registry.api.audit.exports import router as exports
from registry.api.audit.lenses import router as lenses
from registry.api.audit.looks import router as looks
from registry.api.audit.samples import router as samples
from registry.api.audit.searches import router as searches

ROUTERS: tuple[APIRouter, ...] = (searches, looks, lenses, samples, exports)
