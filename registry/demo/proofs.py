"""The second half of the story: a report taken back, receipts and proofs, tampering, and what is refused."""

import time

import httpx

from registry.demo import intruder
from registry.demo.by_hand import ByHand
from registry.demo.cast import HARBOUR, LIN, LOTUS
from registry.demo.scenes import Play
from registry.demo.show import DemoFailed
from registry.demo.stage import Stage
from registry_client import Band, Identifiers, ProofUnverified, RateLimited, WithdrawReason, claim_reference

_UNPROCESSABLE = 422
_ENUMERATED = 2_000


def withdraw(play: Play) -> None:
    """A report that is taken back changes the answer, and everybody who saw it is told."""
    play.show.scene(
        "Withdrawn", "Lotus Mall finds its report on 林小满's lamp mistaken and takes it back; nothing is overwritten."
    )
    before = play.answers[-1]
    report_id = next(one for case, one in play.filed if (case.platform, case.category) == (LOTUS, "FR-02"))
    taken = play.clients[LOTUS].withdraw(report_id, WithdrawReason.MISTAKE)
    after = play.ask(LIN, "claim-after")
    play.show.answer("Harbour Home asks again", after)
    play.show.prove(
        (before.band, after.band) == (Band.SEVERE, Band.HIGH),
        f"Withdrawing one report moves the answer from {before.band.value} {before.score} to {after.band.value} "
        f"{after.score}.",
    )
    rows = [
        (name, str(one.revision), one.change.value, str(one.reason))
        for name, client in play.clients.items()
        for one in client.recalls().recalls
        if one.report_id == report_id
    ]
    play.show.table(("recall for", "revision", "change", "reason"), rows)
    play.show.prove(
        [name for name, *_ in rows] == [HARBOUR] and taken.state.value == "withdrawn",
        "Harbour Home, which had seen the report, and nobody else, is told to forget it.",
    )


def verify(play: Play) -> None:
    """Every receipt is kept; the log only grew."""
    play.show.scene(
        "Receipts and proofs",
        "Each answer came with a signed receipt over a leaf of the audit log. The SDK recomputed the leaf from",
        "question and answer before it believed them. Now it asks for the proofs, and checks them with",
        "the keys it pinned.",
    )
    client = play.clients[HARBOUR]
    heads = [client.prove(answer.receipt) for answer in play.answers]
    play.show.prove(heads, f"All {len(heads)} receipts are proved to be in the log (RFC 6962).")
    newest = client.follow_log()
    while newest.size == heads[0].size:
        play.ask(LIN, "claim-after")
        time.sleep(1)
        newest = client.follow_log()
    play.show.prove(
        newest.size > heads[0].size,
        f"The tree of {newest.size} entries extends the one of {heads[0].size} seen before.",
    )
    said = play.stage.demand("log", "verify")
    play.show.prove(
        "whole" in said, "`registry log verify` rebuilds the tree from the entries: every checkpoint follows."
    )


def tamper(play: Play) -> None:
    """Whoever owns the database can change it, but not unseen."""
    play.show.scene(
        "Tampering",
        "Somebody with the superuser's password switches the triggers off and changes one bit of one row.",
    )
    receipt = play.answers[3].receipt
    with intruder.changed_entry(play.stage.directory, receipt.receipt.entry_id) as index:
        found = play.stage.run("log", "verify")
        play.show.table(("registry log verify",), [(line,) for line in found.stdout.strip().splitlines()[-6:]])
        named = any("leaf_changed" in line and f" {index} " in line for line in found.stdout.splitlines())
        play.show.prove(found.returncode and named, f"A changed entry is found, and named: index {index}.")
    with intruder.changed_leaf(play.stage.directory, receipt.receipt.entry_id):
        play.show.prove(_is_refused(play), "A changed leaf is found by the member's own SDK, which refuses the proof.")
    play.show.prove(
        play.stage.run("log", "verify").returncode == 0, "With the rows as they were, the log is whole again."
    )


def _is_refused(play: Play) -> bool:
    """Ask for a proof whose path leads over the changed leaf."""
    try:
        play.clients[HARBOUR].prove(play.answers[3].receipt)
    except ProofUnverified:
        return True
    return False


def enumerate_(play: Play) -> None:
    """No phone book: raw numbers are refused, and tokens are rationed."""
    play.show.scene("Enumeration", "A phone number is guessed quickly, so a member must not be able to try them all.")
    status, code, echoed = _query_raw(play.stage, "+86 170 0000 0101")
    play.show.prove(
        (status, code, echoed) == (_UNPROCESSABLE, "raw_identifier_refused", False),
        f"A raw number where a token belongs: {status} {code}, not repeated.",
    )
    play.stage.admit("Curious Ltd", group="Curious", claims_per_day=1)
    with play.stage.member("Curious Ltd") as curious:
        block = [Identifiers(phone=f"+86 170 0000 {number:04}") for number in range(_ENUMERATED)]
        try:
            curious.tokenise_many(block)
            raise DemoFailed(f"{_ENUMERATED} phone numbers in a row got tokens")
        except RateLimited as refusal:
            play.show.prove(
                refusal.code == "quota_exceeded",
                f"{_ENUMERATED} numbers in a row: {refusal.code}; blinding hides them, but not how many they are.",
            )


def _query_raw(stage: Stage, number: str) -> tuple[int, str, bool]:
    """Send a raw number by hand, since the SDK has no way to; return status, code, and whether it was repeated."""
    sign_in = ByHand(stage, HARBOUR)
    claim = str(claim_reference(bytes(32), "claim-raw"))
    question = {"purpose": "Q1", "claim_ref": claim, "identifiers": [{"kind": "phone", "tokens": [number]}]}
    answer = httpx.post(f"{stage.base_url}/v1/scores:query", json=question, headers=sign_in.headers())
    return answer.status_code, answer.json()["code"], number in answer.text
