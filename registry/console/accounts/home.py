"""One's own account as its pages work on it: who is signed in since when, and the page drawn anew after each change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from registry.api.deps import EdgeDep
from registry.api.edge import Edge
from registry.clock import real_time
from registry.console.access import RecognisedDep, Screen, ScreenDep, StaffAct
from registry.console.accounts.apps import picture_of, secret_of
from registry.console.doors import Again
from registry.domain.events import Act
from registry.domain.staff import FRESH
from registry.pages import sitting
from registry.services import staff as use_cases
from registry.services.staff import Desk
from registry.services.staff.sessions import Recognised


@dataclass(frozen=True, slots=True)
class Home:
    """What a page of one's own account works with."""

    request: Request
    edge: Edge
    who: Recognised
    act: Act
    screen: Screen

    @property
    def now(self) -> datetime:
        """Return the real time, in which sessions live."""
        return real_time()

    @property
    def desk(self) -> Desk:
        """Return what the use cases of staff work with."""
        return self.edge.staff

    async def page(self, shown: Again, *, done: str = "") -> Response:
        """Draw the account."""
        staff, now = self.who.staff, self.now
        bound = sitting.proof_of(self.request)
        async with self.edge.database.read() as session:
            overview = await use_cases.look(session, staff, now=now)
            ceremony = await use_cases.begin_adding(
                session, staff.staff_id, self.who.name, bound, now=now, desk=self.desk
            )
        return self.screen.page(
            "account.html",
            status=shown.status,
            form=shown.form,
            refusal=shown.meaning,
            mine=overview,
            here=staff.session_id,
            fresh=now < self.who.opened_at + FRESH,
            ceremony=ceremony,
            done=done,
            provider=self.edge.provider.name if self.edge.provider else None,
        )

    def app_page(self, shown: Again, sealed: bytes) -> Response:
        """Draw the page of a new authenticator app, whose secret is shown and waits sealed in the form."""
        otpauth = self.desk.otpauth(self.who.staff.staff_id, sealed, self.who.name)
        return self.screen.page(
            "account_app.html",
            status=shown.status,
            form=shown.form,
            refusal=shown.meaning,
            sealed=sealed.hex(),
            secret=secret_of(otpauth),
            picture=picture_of(otpauth),
        )


def _home(request: Request, edge: EdgeDep, who: RecognisedDep, act: StaffAct, screen: ScreenDep) -> Home:
    return Home(request, edge, who, act, screen)


AtHome = Annotated[Home, Depends(_home)]
