"""The language of a page: what its reader chose, and until then what the browser asks for."""

from starlette.requests import Request
from starlette.responses import Response

from registry.api.visits import visit_of
from registry.translations import LANGUAGES

COOKIE = "language"
PARAMETER = "lang"
NAMES = {"en": "English", "zh": "中文"}
_YEAR = 365 * 24 * 3600


def settle(request: Request) -> str:
    """Find the language of this request, also for whoever answers it with a refusal."""
    visit = visit_of(request.scope)
    for wish in (request.query_params.get(PARAMETER), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            visit.language = wish
            break
    return visit.language


def keep(request: Request, response: Response) -> None:
    """Remember a choice that was made with this request."""
    wish = request.query_params.get(PARAMETER)
    if wish in LANGUAGES:
        response.set_cookie(COOKIE, wish, max_age=_YEAR, secure=True, httponly=True, samesite="lax")


def others(request: Request) -> list[tuple[str, str, str]]:
    """List the other languages, each with its name and the address of this page in it."""
    present = visit_of(request.scope).language
    return [
        (language, NAMES[language], str(request.url.include_query_params(**{PARAMETER: language}).query))
        for language in LANGUAGES
        if language != present
    ]
