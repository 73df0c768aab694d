"""Who works at the registry and for its members: one account for each role, invited by whoever may, and taken up."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pyotp

from registry.clock import real_time
from registry.demo.by_hand import taken
from registry.demo.cast import JADE
from registry.demo.stage import Stage
from registry.domain.staff import OF_MEMBERS, Role

# Everybody's here: these people are made up, and so is what they may see.
PASSWORD = "four vases and one honest lamp"  # noqa: S105 - of made-up people
OPERATOR, SUPERVISOR, AUDITOR = "operator", "supervisor", "auditor"
OFFICER, REVIEWER, PANEL = "officer", "reviewer", "panel"
ADMIN, PERSON = "jade-admin", "jade-person"
# Who is what, and by whom they are invited; the first one by the operator's command.
_INVITED: Mapping[str, tuple[Role, str]] = {
    SUPERVISOR: (Role.SUPERVISOR, OPERATOR),
    AUDITOR: (Role.AUDITOR, OPERATOR),
    ADMIN: (Role.MEMBER_ADMIN, OPERATOR),
    OFFICER: (Role.OFFICER, SUPERVISOR),
    REVIEWER: (Role.REVIEWER, SUPERVISOR),
    PANEL: (Role.PANEL, SUPERVISOR),
    PERSON: (Role.MEMBER, ADMIN),
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """An account that was taken up, and the session in which that was done.

    Args:
        secret: of the codes, in base32, as an authenticator app takes it.
    """

    name: str
    role: Role
    secret: str
    bearer: str
    base_url: str

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send what must be taken, and return the answer."""
        return taken(httpx.post(self.base_url + path, json=body and dict(body), headers=self._headers()))

    def get(self, path: str) -> dict[str, Any]:
        """Read what must be there."""
        return taken(httpx.get(self.base_url + path, headers=self._headers()))

    def staff_id(self) -> str:
        """Return the account's id."""
        return str(self.get("/v1/staff/me")["staff_id"])

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}"}


def furnish(stage: Stage) -> dict[str, Colleague]:
    """Fill every role; return who has it, by name."""
    link = json.loads(stage.demand("staff", "add", OPERATOR, "--role", Role.OPERATOR.value, "--json"))["link"]
    house = {OPERATOR: _take_up(stage, OPERATOR, Role.OPERATOR, link)}
    for name, (role, by) in _INVITED.items():
        wish: dict[str, Any] = {"name": name, "roles": [role]}
        if role in OF_MEMBERS:
            wish["member_id"] = stage.kit(JADE).facts["member_id"]
        house[name] = _take_up(stage, name, role, house[by].post("/v1/staff/invitations", wish)["link"])
    return house


def _take_up(stage: Stage, name: str, role: Role, link: str) -> Colleague:
    """Choose a password, and show a code, as the page behind the link asks for."""
    door, secret = f"{stage.base_url}/v1/staff/invitations", link.rpartition("/")[2]
    otpauth = taken(httpx.post(f"{door}:show", json={"secret": secret}))["otpauth"]
    codes = pyotp.parse_uri(otpauth)
    if not isinstance(codes, pyotp.TOTP):
        raise TypeError(otpauth.partition("?")[0])
    chosen = {"secret": secret, "password": PASSWORD, "code": codes.at(real_time())}
    session = taken(httpx.post(f"{door}:accept", json=chosen))
    return Colleague(name, role, codes.secret, session["bearer"], stage.base_url)
