"""Draw a page: a template, its facts, the reader's language, and the headers that keep the page to itself."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

from babel.numbers import format_currency, format_decimal, get_currency_precision
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from registry.api.edge import Edge
from registry.api.visits import visit_of
from registry.domain.taxonomies import Text
from registry.pages import languages, sitting, times
from registry.pages.assets import asset
from registry.translations import translate

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)


class Drawing:
    """The pages of one part of the site.

    Args:
        package: holds `templates/`; what is not there is looked for in `registry.pages`.
    """

    def __init__(self, package: str) -> None:
        self._package = package

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        forms: str = "'self'",
        **facts: Any,  # noqa: ANN401 - whatever a template shows
    ) -> HTMLResponse:
        """Draw a template of `templates/` with these facts, each escaped.

        Its forms may lead to `forms`, as the content security policy writes it.
        """
        language = languages.settle(request)
        html = self.fragment(request, template, **facts)
        headers = {"content-language": language, "content-security-policy": _POLICY.format(forms=forms)}
        response = HTMLResponse(html, status, headers)
        languages.keep(request, response)
        sitting.keep(request, response)
        return response

    def fragment(self, request: Request, template: str, **facts: Any) -> str:  # noqa: ANN401 - likewise
        """Draw a template alone."""
        edge: Edge = request.state.edge
        offset = edge.policies[edge.facts.default_policy].utc_offset_minutes
        language = visit_of(request.scope).language
        drawn = _environment(self._package, language, offset).get_template(template)
        return drawn.render(_of_request(request, edge), **facts)


def _of_request(request: Request, edge: Edge) -> Mapping[str, object]:
    """Say what every page may show of its request."""
    return {
        "csrf": partial(sitting.proof_of, request),
        "livemode": edge.facts.livemode,
        "now": edge.clock(),
        "others": languages.others(request),
        "path": request.scope["path"],
        "realm": edge.facts.realm,
    }


@cache
def _environment(package: str, language: str, offset: int) -> Environment:
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("registry.pages")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": partial(_say, language=language), "asset": asset, "language": language}
    environment.globals["zone"] = times.zone(offset)
    environment.filters |= {
        "brief": partial(_moment, write=partial(times.brief, offset=offset, language=language)),
        "clock": partial(_moment, write=partial(times.moment, offset=offset, language=language)),
        "day": partial(times.day, offset=offset, language=language),
        "exactly": partial(_moment, write=partial(times.moment, offset=offset, language=language, exact=True)),
        "left": partial(_left, language=language),
        "money": partial(_money, language=language),
        "number": partial(format_decimal, locale=language),
        "pick": partial(_pick, language=language),
        "second": partial(_moment, write=partial(times.brief, offset=offset, language=language, exact=True)),
        "text": partial(_text, language=language),
        "tick": partial(times.tick, offset=offset, language=language),
    }
    return environment


def _say(msgid: str, /, *, language: str, **values: str | int) -> str:
    return translate(msgid, language, **values)


def _text(msgid: str, *, language: str) -> str:
    """Translate what stands in a table of the domain."""
    return translate(msgid, language)


def _money(minor: int, currency: str, *, language: str) -> str:
    """Write an amount, given in minor units, with its currency."""
    units = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(units, currency, locale=language)


def _pick(text: Text, *, language: str) -> str:
    """Choose the language of a text from a policy pack or taxonomy."""
    return text.zh if language == "zh" else text.en


def _moment(at: datetime | None, *, write: Callable[[datetime], str]) -> str:
    """Write a moment as people read it, and as machines do."""
    if at is None:
        return Markup('<span class="none">—</span>')
    return Markup('<time datetime="{}">{}</time>').format(times.iso(at), write(at))


def _left(until: datetime, now: datetime, *, language: str) -> str:
    return times.left(until, now, partial(_say, language=language))
