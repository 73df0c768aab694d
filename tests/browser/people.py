"""People before screens of their own, who do what stands on them; what each sees is asserted, and kept as a picture."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, Locator, Page

from registry.domain.staff import Role
from tests.browser.chromium import chromium
from tests.browser.looking import faults
from tests.browser.relaying import stand_in
from tests.browser.serving import served
from tests.browser.windows import DESK, PHONE, WANTED, Window, size, window
from tests.hearing import Hall
from tests.reporting import Desk
from tests.staffing import hire


@dataclass(slots=True)
class Album:
    """The pictures of a journey, numbered as they were taken; only CI keeps them."""

    journey: str
    taken: int = 0

    async def keep(self, one: Window, name: str) -> None:
        """Take a picture."""
        self.taken += 1
        if WANTED:
            await one.picture(f"{self.journey}-{self.taken:02}-{name}")


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody before a window. A link, a button or a field goes by its words, of several by its place among them."""

    name: str
    window: Window
    album: Album
    language: str
    width: int

    @property
    def page(self) -> Page:
        """The page that is open."""
        return self.window.page

    async def open(self, address: str) -> None:
        """Type an address."""
        await self.window.open(address)

    async def follow(self, words: str, place: int = 0) -> None:
        """Follow a link."""
        await self.go(self.page.get_by_role("link", name=words).nth(place))

    async def press(self, words: str, place: int = 0) -> None:
        """Press a button that leads on."""
        await self.go(self.page.get_by_role("button", name=words).nth(place))

    async def go(self, found: Locator) -> None:
        """Click something, and wait for the page to which it leads."""
        async with self.page.expect_navigation():
            await found.click()

    async def unfold(self, words: str) -> None:
        """Open what is folded away."""
        await self.page.locator("summary", has_text=words).first.click()

    async def tick(self, words: str) -> None:
        """Choose what bears this label."""
        await self.page.get_by_label(words).first.check()

    async def write(self, words: str, text: str) -> None:
        """Fill in the field that bears this label."""
        await self.page.get_by_label(words).first.fill(text)

    async def see(self, *words: str, picture: str = "") -> None:
        """See these words on the page, with a name for its picture."""
        shown = await self.page.inner_text("body")
        missing = [one for one in words if one not in shown]
        assert not missing, f"{self.name} does not see {missing} on {self.page.url}:\n{shown}"
        if picture:
            await self.album.keep(self.window, f"{self.name}-{picture}")

    async def look(self) -> None:
        """Look closely at a page that only a form leads to, so that the walk along all links never comes by it."""
        found = await faults(self.window, language=self.language, everything=True)
        await self.page.set_viewport_size(size(self.width))
        assert not found, "\n".join(found)


@dataclass(frozen=True, slots=True)
class Stage:
    """All windows of a journey."""

    place: Hall
    browser: Browser
    origin: str
    album: Album
    windows: AsyncExitStack
    players: list[Player] = field(default_factory=list)

    async def sits_down(self, name: str, *, language: str = "en", width: int = DESK) -> Player:
        """Give somebody a window."""
        relay = self.place.town.api.settings.relay_url
        opening = window(self.browser, self.origin, language=language, width=width, besides=(relay,))
        player = Player(name, await self.windows.enter_async_context(opening), self.album, language, width)
        self.players.append(player)
        return player

    async def comes_in(self, *contacts: str) -> Player:
        """Let the person recorded prove these contacts, on a phone and in Chinese."""
        person = await self.sits_down("person", language="zh", width=PHONE)
        await person.page.route(*stand_in(self.place.town, self.origin, *contacts))
        for _ in contacts:
            await person.open("/me/enter")
            await person.follow("获取验证码")
            await person.press("继续")
            await person.press("继续")
        return person

    async def signs_in(self, name: str, *roles: Role, member: Desk | None = None) -> Player:
        """Let somebody who works here, or for a member, sign in with a password and a code."""
        of = member.platform.member.id if member else None
        hired = await hire(self.place.town.api, *roles, name=name, member_id=of)
        player = await self.sits_down(name)
        await player.open("/console/sign-in")
        await player.write("Name", name)
        await player.write("Password", hired.password)
        await player.write("Code of your authenticator", hired.code())
        await player.press("Sign in", -1)
        await player.see(name)
        return player


@asynccontextmanager
async def staged(place: Hall, journey: str) -> AsyncIterator[Stage]:
    """Open the house; in the end no page may have asked another origin, and no browser may have complained."""
    async with served(place.town.api) as origin, chromium() as browser, AsyncExitStack() as windows:
        stage = Stage(place, browser, origin, Album(journey), windows)
        yield stage
        assert not [one for player in stage.players for one in player.window.wrong]
