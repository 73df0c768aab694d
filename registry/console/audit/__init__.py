"""The auditors' pages: read-only, for a stated reason, and each look in the log before it is shown."""

from fastapi import APIRouter

from registry.console.audit.entries import router as entries
from registry.console.audit.exports import router as exports
from registry.console.audit.lenses import router as lenses
from registry.console.audit.looks import router as looks
from registry.console.audit.reasons import router as reasons
from registry.console.audit.samples import router as samples
from registry.console.audit.searches import router as searches
from registry.console.audit.verifying import router as verifying

ROUTERS: tuple[APIRouter, ...] = (reasons, searches, entries, looks, lenses, samples, exports, verifying)
