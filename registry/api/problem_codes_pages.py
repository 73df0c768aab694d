"""What the problem codes of pages mean, and what their reader can do."""

from collections.abc import Mapping

PAGES: Mapping[str, tuple[str, str]] = {
    "form_not_ours": (
        "This form did not come from one of our pages, or its page was open for too long.",
        "Nothing was changed. Open the page again and repeat what you did.",
    ),
}
