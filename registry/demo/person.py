"""A person recorded who shows at the relay's pages, in a browser without scripts, that a contact is theirs."""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from time import monotonic, sleep
from typing import Any

import httpx

from registry.demo import photo
from registry.demo.by_hand import taken
from registry.demo.cast import Buyer
from registry.demo.show import DemoFailed
from registry.demo.stage import Stage
from registry_formats.assertions import nonce_of

_CODE = re.compile(r"您的验证码是([0-9]{8})")
_PATIENCE = 20.0  # seconds for a letter to leave


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a session at the portal."""

    base_url: str
    bearer: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send what must be taken, and return the answer."""
        return self._send("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Likewise, in place of what was there."""
        return self._send("PUT", path, body)

    def send_photo(self, appeal: str, picture: bytes) -> None:
        """Announce a photo, and send it."""
        self.post(f"appeals/{appeal}:add-evidence", {"evidence": [announced(picture)]})
        place = f"{self.base_url}/v1/me/appeals/{appeal}"
        listed = taken(httpx.get(place, headers=self._headers()))["evidence"]
        headers = self._headers() | {"Content-Type": photo.MEDIA_TYPE}
        taken(httpx.put(f"{place}/evidence/{listed[0]['evidence_id']}/file", content=picture, headers=headers))

    def _send(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return taken(httpx.request(method, f"{self.base_url}/v1/me/{path}", json=body, headers=self._headers()))

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}"}


def announced(picture: bytes) -> dict[str, Any]:
    """Describe a photo as whoever puts it forward does, before its bytes follow."""
    digest = sha256(picture).hexdigest()
    return {"sha256": digest, "kind": "photo", "bytes": len(picture), "media_type": photo.MEDIA_TYPE}


def enter(stage: Stage, buyer: Buyer) -> Person:
    """Prove a phone and an e-mail address, and open a session."""
    secret = secrets.token_urlsafe(32)
    proofs = [{"assertion": _prove(stage, contact, secret), "secret": secret} for contact in (buyer.phone, buyer.email)]
    opened = taken(httpx.post(f"{stage.base_url}/v1/me/sessions", json={"proofs": proofs}))
    return Person(stage.base_url, opened["bearer"])


def _prove(stage: Stage, contact: str, secret: str) -> str:
    relay = f"http://127.0.0.1:{stage.environment['REGISTRY_RELAY_PORT']}"
    sitting = {"nonce": nonce_of(secret), "lang": "zh"}
    known = len(_codes(stage))
    asked = httpx.post(f"{relay}/proof", data={**sitting, "contact": contact})
    deadline = monotonic() + _PATIENCE
    while len(codes := _codes(stage)) == known:
        if monotonic() > deadline:
            raise DemoFailed("the relay delivered no code")
        sleep(0.05)
    shown = httpx.post(f"{relay}/proof/code", data={**sitting, "entry": _field(asked, "entry"), "code": codes[-1]})
    return _field(shown, "assertion")


def _field(page: httpx.Response, name: str) -> str:
    """Read a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    if found is None:
        raise DemoFailed(f"the relay's page has no {name}: {page.status_code}")
    return unescape(found[1])


def _codes(stage: Stage) -> list[str]:
    """Read the codes that were delivered, oldest first."""
    letters = (stage.directory / "relay" / "letters").glob("*.txt")
    paths = sorted(letters, key=lambda path: path.stat().st_mtime_ns)
    return [code for path in paths for code in _CODE.findall(path.read_text())]
