"""The console's pages, drawn with its own templates."""

from registry.pages import Drawing

DRAWING = Drawing("registry.console")
