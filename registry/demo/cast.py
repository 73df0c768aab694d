"""Who plays: four platforms of three groups, and buyers that do not exist.

The identity numbers have valid check digits and a region code (99) that was never assigned; the telephone numbers are
the first of their block; example.com belongs to nobody. Names stay in the shops: no field of the registry takes one.
"""

from dataclasses import dataclass

from registry_client import Identifiers

JADE, OUTLET, LOTUS, HARBOUR = "Jade Market", "Jade Outlet", "Lotus Mall", "Harbour Home"
GROUPS = {"Jade": (JADE, OUTLET), "Lotus": (LOTUS,), "Harbour": (HARBOUR,)}


@dataclass(frozen=True, slots=True)
class Buyer:
    """A made-up buyer as a shop knows them."""

    name: str
    phone: str
    email: str
    national_id: str

    def identifiers(self, event: str | None = None) -> Identifiers:
        """Give the SDK what it turns into tokens; `event` names an order."""
        return Identifiers(phone=self.phone, email=self.email, national_id=self.national_id, event=event)


LIN = Buyer("林小满", "+86 170 0000 0101", "lin.xiaoman@example.com", "990101198804123012")
CHEN = Buyer("陈一舟", "+86 170 0000 0102", "chen.yizhou@example.com", "990202199511031049")
ZHAO = Buyer("赵知秋", "+86 170 0000 0103", "zhao.zhiqiu@example.com", "990303197907250080")
SUN = Buyer("孙望舒", "+86 170 0000 0104", "sun.wangshu@example.com", "990101199102142029")
BUYERS = (LIN, CHEN, ZHAO, SUN)


@dataclass(frozen=True, slots=True)
class Case:
    """A confirmed fraud that a platform files.

    Args:
        evidence: the classes of its artefacts; the first is the buyer's own upload.
        amount: in fen.
    """

    platform: str
    buyer: Buyer
    category: str
    evidence: tuple[str, ...]
    amount: int
    fact: str

    @property
    def order(self) -> str:
        """Name the order as carrier and waybill, which two platforms would name alike."""
        return f"SF:{self.platform.replace(' ', '')}{self.category}{self.buyer.national_id[-4:]}".upper()


AI_PHOTO = ("E2", "E4", "E6")
SWITCHED = ("E3", "E4", "E5")
TWO_CLASSES = ("E2", "E4")

CASES = (
    Case(JADE, LIN, "FR-01", AI_PHOTO, 128_000, "The photo of the cracked vase carries the label of an image model."),
    Case(OUTLET, LIN, "FR-06", SWITCHED, 89_900, "The parcel returned held a brick of equal weight, not the watch."),
    Case(LOTUS, LIN, "FR-02", AI_PHOTO, 215_000, "The crack was added to a real photo of the undamaged lamp."),
    Case(LOTUS, LIN, "FR-09", TWO_CLASSES, 45_000, "The return waybill was never issued by the carrier it names."),
    Case(JADE, CHEN, "FR-04", AI_PHOTO, 99_000, "The same photo was used for another claim eleven days before."),
    Case(OUTLET, CHEN, "FR-07", SWITCHED, 76_500, "The weight at hand-over shows that the parcel was empty."),
    Case(JADE, CHEN, "FR-10", AI_PHOTO, 61_000, "The repair bill names a workshop that says it never wrote it."),
    Case(LOTUS, ZHAO, "FR-01", TWO_CLASSES, 52_000, "The mould in the photo was drawn by a generator, says its label."),
)
