"""Forms as a visitor sends them, for the pages that no link leads to: what is shown once, asked again, or refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playwright.async_api import Response

from registry.domain.staff import Role
from tests.browser.cases import REASONS, SAID
from tests.browser.windows import Window

# Whatever the browser would find missing is left to the registry to find.
_SEND = """(form, typed) => {
    form.noValidate = true;
    for (const one of form.elements) {
        if (!(one.name in typed)) continue;
        if (["checkbox", "radio"].includes(one.type)) one.checked = one.value === typed[one.name];
        else one.value = typed[one.name];
    }
    form.requestSubmit(form.querySelector("button"));
}"""
UNKNOWN = "01937d5e-8c00-7a10-8000-0000000000f1"


@dataclass(frozen=True, slots=True)
class Form:
    """A form: the page on which it stands, where it leads, and what is typed and chosen in it by name."""

    page: str
    leads: str
    typed: Mapping[str, str] = field(default_factory=dict)


async def send(one: Window, form: Form) -> Response | None:
    """Fill in a form of the page that is open, and send it."""
    found = one.page.locator(f"form[method=post][action$='{form.leads}']").first
    async with one.page.expect_navigation() as leading:
        await found.evaluate(_SEND, dict(form.typed))
    return await leading.value


AT_DOOR = (Form("/console/sign-in", "/sign-in", {"name": "lin.wei", "password": "a guess", "code": "000000"}),)
AT_PORTAL = (
    Form("/me/verify", "/verify", {"code": "0" * 64}),
    Form("/me/link", "/link", {"secret": "A" * 43}),
    Form("/me/link", "/link", {"secret": "nothing"}),
)


def of_subject(record: str) -> tuple[Form, ...]:
    """List what the person concerned may forget to fill in."""
    here = f"/me/records/{record}"
    return (Form(f"{here}/appeal/why", "/why"), Form(f"{here}/statement", "/statement", {"text": "13800138000"}))


def of_role(role: Role, *, examined: str, awaited: str, endpoint: str) -> tuple[Form, ...]:
    """List the forms of a role: about the case that it examines, the appeal it has to answer, its endpoint."""
    case, ours = f"/console/appeals/{examined}", "/console/member"
    decided = {"result": "overturned", "reasons": REASONS}
    table = {
        Role.AUDITOR: (
            Form("/console/audit", "/verify"),
            Form("/console/audit?type=appeal", "/saved", {"name": "?"}),
        ),
        Role.OFFICER: (
            Form(f"{case}/draft", "/draft", decided),
            Form(f"{case}/draft", "/draft"),
            Form(case, "/messages"),
        ),
        Role.OPERATOR: (
            Form("/console/staff/invite", "/invite", {"name": "wang.lei", "roles": Role.OFFICER}),
            Form("/console/staff/invite", "/invite", {"name": "?"}),
            Form("/console/operator/admissions", "/admissions", {"name": ""}),
        ),
        Role.MEMBER: (
            Form(f"{ours}/appeals/{awaited}", "/prepare#answer", {"answer": "accurate", "text": SAID}),
            Form(f"{ours}/appeals/{awaited}", "/answer", {"statement": "a.b.c"}),
        ),
        Role.MEMBER_ADMIN: (
            Form(f"{ours}/webhooks", "/webhooks", {"url": "nowhere"}),
            Form(f"{ours}/webhooks/{endpoint}", "/secret"),
            Form(f"{ours}/keys", "/member/keys", {"jwk": "{}"}),
        ),
    }
    return table.get(role, ())


# What nobody may open: each is a page as well.
REFUSED: Mapping[str, tuple[str, ...]] = {
    "stranger at the portal": ("/me/nowhere",),
    "subject": (f"/me/appeals/{UNKNOWN}",),
    Role.OFFICER: ("/console/operator", "/console/nowhere", f"/console/appeals/{UNKNOWN}"),
}
