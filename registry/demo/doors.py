"""The doors of the pages, for whoever wants to walk through what the demo left: addresses, and whom to sign in as."""

import json
from pathlib import Path

from registry.demo import house
from registry.demo.cast import CHEN
from registry.demo.scenes import Play
from registry.settings import Settings

_BEGINS = {
    house.AUDITOR: "/console/audit",
    house.OFFICER: "/console/appeals",
    house.REVIEWER: "/console/appeals",
    house.SUPERVISOR: "/console/appeals",
    house.PANEL: "/console/appeals",
    house.OPERATOR: "/console/operator",
    house.ADMIN: "/console/member",
    house.PERSON: "/console/member",
}


def show_them(play: Play) -> None:
    """Print where the pages are, and what each role signs in with; all of it made up, and worth nothing elsewhere."""
    fields = Settings.model_fields
    origin = f"http://{fields['host'].default}:{fields['port'].default}"
    lead_there(play.stage.directory / "members", origin, fields["relay_url"].default)
    play.show.scene(
        "Doors",
        f"`make serve DEMO=1` opens this registry again, at {origin}. Sign in at {origin}/console with a name, the",
        f"password `{house.PASSWORD}` and a code:",
        f"`{play.program} sandbox code SECRET` prints it, or an authenticator app.",
    )
    rows = [(name, one.role.value, _BEGINS[name], one.secret) for name, one in play.house.items()]
    play.show.table(("name", "role", "begins at", "secret of the codes"), rows)
    play.show.say(
        f"The people recorded begin at {origin}/me/enter: {CHEN.name} with {CHEN.phone}. The relay delivers",
        "its codes as files, into relay/letters.",
    )


def lead_there(members: Path, base_url: str, relay_url: str) -> None:
    """Let what members were given name the addresses that stay, where the demo had whatever was free."""
    for path in members.glob("*/member.json"):
        facts = json.loads(path.read_text()) | {"base_url": base_url, "relay_url": relay_url}
        path.write_text(json.dumps(facts, indent=2) + "\n")
