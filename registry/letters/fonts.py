"""Can this machine draw Chinese? Asked of Pango itself, which draws the letters and knows what it would leave blank."""

import ctypes
import ctypes.util

_POINTER = ctypes.c_void_p


def missing_glyphs(text: str) -> int:
    """Return how many characters no installed font can draw; OSError if Pango is not installed."""
    pango, pangoft2, gobject = (
        ctypes.CDLL(ctypes.util.find_library(name) or f"lib{name}.so.0")
        for name in ("pango-1.0", "pangoft2-1.0", "gobject-2.0")
    )
    for function in (
        pangoft2.pango_ft2_font_map_new,
        pango.pango_font_map_create_context,
        pango.pango_layout_new,
    ):
        function.restype = _POINTER
    font_map = _POINTER(pangoft2.pango_ft2_font_map_new())
    context = _POINTER(pango.pango_font_map_create_context(font_map))
    layout = _POINTER(pango.pango_layout_new(context))
    encoded = text.encode()
    pango.pango_layout_set_text(layout, encoded, len(encoded))
    count = int(pango.pango_layout_get_unknown_glyphs_count(layout))
    for made in (layout, context, font_map):
        gobject.g_object_unref(made)
    return count
