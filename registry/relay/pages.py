"""The relay's pages for people: a field for a contact, a field for a code, and the way back. No script, no cookie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from registry.errors import QuotaExceeded, RegistryError
from registry.letters.parts import Pen
from registry.relay.problems import status_of

_PAGES = Environment(
    loader=PackageLoader("registry.relay"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_STYLE = (resources.files("registry.relay") / "templates" / "proof.css").read_text(encoding="utf-8")
_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {to}"


@dataclass(frozen=True, slots=True)
class Sitting:
    """One person's way through the pages: the language, and the portal's nonce that binds the proof to its sitting."""

    language: str
    nonce: str


def style() -> Response:
    """Show the style sheet."""
    return Response(_STYLE, media_type="text/css")


def contact_page(sitting: Sitting, refusal: RegistryError | None = None, *, provider: str | None = None) -> Response:
    """Ask for the contact, or let the person sign in at a provider that has verified it."""
    return _page("contact", sitting, refusal, form_action="'self'", provider=provider)


def code_page(sitting: Sitting, entry: str, refusal: RegistryError | None = None) -> Response:
    """Ask for the code."""
    return _page("code", sitting, refusal, form_action="'self'", entry=entry)


def proved_page(sitting: Sitting, stated: Sequence[str], return_url: str) -> Response:
    """Hand over an assertion for each contact: in a form, because an address would end in histories and logs."""
    parts = urlsplit(return_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    return _page("proved", sitting, None, form_action=origin, stated=stated, return_url=return_url)


def closed_page(language: str, refusal: RegistryError) -> Response:
    """Say that nothing can be done from here."""
    return _page("closed", Sitting(language, ""), refusal, form_action="'none'")


def _page(step: str, sitting: Sitting, refusal: RegistryError | None, *, form_action: str, **more: object) -> Response:
    pen = Pen(sitting.language)
    said = None if refusal is None else _refusal(pen, refusal)
    facts: Mapping[str, object] = {"step": step, "nonce": sitting.nonce, "language": sitting.language, **more}
    html = _PAGES.get_template("proof.html").render(facts, text=_texts(pen, more.get("provider")), refusal=said)
    headers = {
        "content-language": sitting.language,
        "content-security-policy": _POLICY.format(to=form_action),
        "referrer-policy": "strict-origin",  # the portal may check where the form came from; nobody sees the nonce
    }
    if isinstance(refusal, QuotaExceeded):
        headers["retry-after"] = str(refusal.facts["retry_after"])
    return HTMLResponse(html, 200 if refusal is None else status_of(refusal), headers)


def _texts(pen: Pen, provider: object) -> dict[str, str]:
    return {
        "provider": pen.say("Sign in at {provider} instead", provider=str(provider)) if provider else "",
        "title": pen.say("Show that a phone number or e-mail address is yours"),
        "why": pen.say("The registry keeps no names. It finds your records by a code made from your contact."),
        "contact": pen.say("Phone number or e-mail address"),
        "hint": pen.say("A phone number without its country code is read as one of mainland China."),
        "send": pen.say("Send me a code"),
        "forgotten": pen.say("What you type here is used for this and then forgotten; it is stored nowhere."),
        "sent": pen.say("If this contact can be reached, a code is on its way. It is valid for ten minutes."),
        "code": pen.say("Code of eight digits"),
        "check": pen.say("Check the code"),
        "again": pen.say("No code came: begin again"),
        "proved": pen.say("The contact is yours. Go on to see what is recorded."),
        "onward": pen.say("Go on"),
        "other": "zh" if pen.language == "en" else "en",
        "switch": "中文" if pen.language == "en" else "English",
    }


def _refusal(pen: Pen, refusal: RegistryError) -> str:
    if refusal.code == "request_invalid" and refusal.faults:
        return pen.say("This is no phone number or e-mail address that can be read with certainty.")
    if refusal.code == "codes_limited":
        minutes = -(-int(refusal.facts["retry_after"]) // 60)
        return pen.say("Too many attempts from your connection. Try again in {minutes} minutes.", minutes=minutes)
    said = {
        "channel_missing": pen.say("Nothing can be sent to a contact of this kind at present."),
        "claim_unverified": pen.say("No phone number or e-mail address of yours has been verified there."),
        "code_refused": pen.say("This code is wrong, or no longer valid."),
        "request_invalid": pen.say("This page was opened in an unexpected way. Begin again where you came from."),
        "sign_in_refused": pen.say("This sign-in is not valid, or no longer. Begin again where you came from."),
    }
    return said.get(refusal.code) or pen.say("This does not work at the moment. Try again in a few minutes.")
