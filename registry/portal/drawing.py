"""The portal's pages, drawn with its own templates and its own words."""

from registry.pages import Drawing

DRAWING = Drawing("registry.portal")
