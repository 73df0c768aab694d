"""What each problem code means and what the caller can do: data for the answers, for the docs and for the tests.

Titles and cures are message ids: English here, the other languages in `locales/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.api.problem_codes_appeals import APPEALS
from registry.api.problem_codes_audit import AUDITS
from registry.api.problem_codes_evidence import EVIDENCE
from registry.api.problem_codes_integrity import INTEGRITY
from registry.api.problem_codes_pages import PAGES
from registry.api.problem_codes_staff import STAFF
from registry.api.problem_codes_subjects import SUBJECTS
from registry.api.problem_codes_webhooks import WEBHOOKS


@dataclass(frozen=True, slots=True)
class Meaning:
    """A problem in two sentences: what is the matter, and what the caller can do."""

    title: str
    cure: str


FALLBACK = Meaning("The request was refused.", "See the code, and the documentation of the operation.")

_SIGN_IN: Mapping[str, Meaning] = {
    "access_token_missing": Meaning(
        "No access token was sent.", "Sign in at /oauth/token and send the token as Authorization: Bearer."
    ),
    "access_token_invalid": Meaning(
        "The access token is not one of this registry's.", "Sign in again at /oauth/token."
    ),
    "access_token_expired": Meaning("The access token has expired.", "Sign in again at /oauth/token."),
    "access_token_revoked": Meaning(
        "The member is suspended, or the key that signed in has ended.",
        "Sign in with a current key; if that is refused too, ask the operator.",
    ),
    "assertion_invalid": Meaning(
        "The client assertion was not accepted.",
        "Check that key, algorithm, issuer, subject, audience and times are as the documentation says.",
    ),
    "assertion_replayed": Meaning(
        "The client assertion was used before.", "Sign a new assertion with a fresh jti for every sign-in."
    ),
    "grant_type_unsupported": Meaning(
        "Only client credentials are granted here.", "Send grant_type=client_credentials."
    ),
    "form_invalid": Meaning(
        "The sign-in request is not a valid form.",
        "Send application/x-www-form-urlencoded with each parameter once, as the documentation says.",
    ),
    "member_suspended": Meaning("The member is suspended.", "Ask the operator why and how to be admitted again."),
    "scope_missing": Meaning(
        "The access token does not allow this operation.", "Sign in again and ask for the scope in the facts."
    ),
    "scope_not_granted": Meaning(
        "The member may not have a scope it asks for.", "Ask for fewer scopes, or ask the operator for more."
    ),
    "scope_unknown": Meaning("A scope that was asked for does not exist.", "See the list of scopes in the docs."),
    "sign_in_limited": Meaning(
        "Too many refused sign-ins came from this address.", "Wait as long as Retry-After says, then check the key."
    ),
}

_REQUESTS: Mapping[str, Meaning] = {
    "body_too_large": Meaning("The request body is too large.", "Send fewer items at a time."),
    "body_unreadable": Meaning("The request body cannot be read.", "Send UTF-8 JSON as application/json."),
    "idempotency_in_flight": Meaning(
        "The same request is being worked on.", "Repeat it in a moment under the same key to get its answer."
    ),
    "idempotency_key_missing": Meaning(
        "This operation needs an Idempotency-Key.", "Send a fresh UUID, and the same one with every retry."
    ),
    "idempotency_key_reused": Meaning(
        "The Idempotency-Key belongs to another request.", "Use a fresh key for every request that is not a retry."
    ),
    "internal": Meaning(
        "Something failed on our side.", "Repeat the request; if it fails again, tell the operator its request id."
    ),
    "media_type_unsupported": Meaning("The media type is not supported.", "Send application/json."),
    "method_not_allowed": Meaning("This path does not have that method.", "See the Allow header."),
    "policy_unknown": Meaning("There is no such policy pack.", "See the list at /.well-known/registry."),
    "raw_identifier_refused": Meaning(
        "A field holds what looks like a phone number, an e-mail address or another raw identifier.",
        "Send tokens and neutral references only; nothing of the request was kept.",
    ),
    "request_invalid": Meaning(
        "The request does not have the form this operation asks for.",
        "Each entry of errors names a place and what is wrong there; values are never repeated.",
    ),
    "route_not_found": Meaning("There is nothing at this path.", "See the list of operations at /docs."),
}

_MEMBERS: Mapping[str, Meaning] = {
    "admission_step_refused": Meaning(
        "This proposal was decided already, or is too old.", "See the list of members; propose it again if need be."
    ),
    "admission_unknown": Meaning("There is no such proposal.", "Check the id."),
    "member_active": Meaning("The member is not suspended.", "Nothing needs to be done."),
    "member_exists": Meaning("A member of this name exists.", "Choose another name, or rotate that member's key."),
    "member_key_exists": Meaning("A member has or had this key.", "Make a new key; an old one never comes back."),
    "member_key_last": Meaning("It is the only key that may sign.", "Add another key before you retire this one."),
    "member_key_unknown": Meaning("There is no such key, or it has ended.", "Look at the list of keys."),
    "member_key_refused": Meaning(
        "The key is not a public Ed25519 or P-256 key in JWK form.", "Send the public half as a JWK (RFC 7517)."
    ),
    "member_unknown": Meaning("There is no such member.", "Check the id."),
    "overlap_too_long": Meaning(
        "Two keys may overlap for 30 days at most.", "Choose a shorter overlap, or zero for a stolen key."
    ),
    "scope_not_for_kind": Meaning(
        "A member of this kind may not have one of these scopes.", "Leave the scopes out to grant what is usual."
    ),
}

_NOTICES: Mapping[str, Meaning] = {
    "contact_not_on_report": Meaning(
        "The contact is not on this report.", "Serve the notice to a phone number or e-mail address the report names."
    ),
    "report_step_refused": Meaning("The report cannot take this step from its state.", "See the state in the facts."),
    "report_unknown": Meaning("You have no such report.", "Check the id."),
    "served_at_refused": Meaning(
        "The time of delivery lies before the filing or in the future.", "Set the clock of the relay."
    ),
}

_REPORTS: Mapping[str, Meaning] = {
    "import_too_long": Meaning("An import holds 100,000 lines at most.", "Split it; every line so far was worked on."),
    "import_unknown": Meaning("You have no such import.", "Check the id."),
    "line_too_long": Meaning("The line is longer than a signed report can be.", "Send one signed report in each line."),
    "repaid_on_refused": Meaning(
        "The day of repayment lies before the act or in the future.", "Send the day the money came back."
    ),
    "report_duplicate": Meaning(
        "The member filed a report under this reference before.", "See the id in the facts; amend that one instead."
    ),
    "report_repaid": Meaning("The report is marked as repaid already.", "Nothing needs to be done."),
    "report_reason_refused": Meaning("This step needs a reason from its list.", "Send one of the documented reasons."),
    "report_refused": Meaning(
        "The report does not meet the standard of proof, and was not stored.",
        "Each entry of errors names a place and what is missing there; file it again once all are met.",
    ),
    "report_step_early": Meaning("It is too early for this step.", "Wait until the period of this state is over."),
    "report_step_refused": Meaning(
        "The report cannot take this step from its state.", "See the state of the report and the steps it allows."
    ),
    "jws_algorithm": Meaning("The signature uses an algorithm that its key does not.", "Sign with EdDSA or ES256."),
    "jws_key_unknown": Meaning("The member has no such key now.", "Sign with a key that is registered and current."),
    "jws_malformed": Meaning("This is not a compact JWS.", "Send three base64url parts (RFC 7515) with alg and kid."),
    "jws_not_canonical": Meaning(
        "The signed payload is not canonical JSON.", "Serialise it as RFC 8785 says before signing."
    ),
    "jws_type": Meaning("The statement is not signed as a report.", "Set typ to registry-report in its header."),
    "jws_signature_invalid": Meaning("The signature does not fit the payload.", "Sign the very bytes that are sent."),
}

_SCORES: Mapping[str, Meaning] = {
    "claim_ref_reused": Meaning(
        "This claim reference was first used with other identifiers.", "Use one reference for one claim only."
    ),
    "purpose_not_allowed": Meaning(
        "A member may not query for this purpose.", "Query only for an open claim, a restriction or an appeal."
    ),
    "token_malformed": Meaning("This is not a CFR1 token.", "Make tokens with the SDK, or as docs/tokens.md says."),
}

_TOKENS: Mapping[str, Meaning] = {
    "batch_size": Meaning("A batch holds 1 to 256 elements.", "Split the batch."),
    "element_duplicate": Meaning("An element stands in the batch twice.", "Blind every input afresh."),
    "element_invalid": Meaning("An element is not a valid group element.", "Blind inputs as RFC 9497 says."),
    "key_unknown": Meaning("There is no such key.", "Fetch the manifest and use a key of a live epoch."),
    "member_differs": Meaning(
        "The evaluation request names another member than the access token.", "Name the member that signed in."
    ),
    "nonce_replayed": Meaning("The evaluation request was sent before.", "Sign a new one with a fresh nonce."),
    "operators_insufficient": Meaning(
        "Too few key operators answer now.", "Repeat the request after a moment; a sale need not wait for it."
    ),
    "request_malformed": Meaning("The evaluation request cannot be read.", "Write it as docs/tokens.md says."),
    "signature_invalid": Meaning(
        "The signature of the evaluation request is wrong.", "Sign it with the key the operator knows."
    ),
    "timestamp_stale": Meaning("The evaluation request is too old or from the future.", "Set the clock, sign anew."),
}

_LOG: Mapping[str, Meaning] = {
    "audit_unavailable": Meaning(
        "The answer could not be written to the audit log, so it was not given.", "Repeat the request after a moment."
    ),
    "teller_unavailable": Meaning(
        "The answer could not be made; nothing was told.", "Repeat the request after a moment."
    ),
    "checkpoint_missing": Meaning("There is no such checkpoint.", "Ask for a size between 1 and the latest one."),
    "entry_not_sealed": Meaning(
        "The entry is not in the log's tree yet, or does not exist.", "Ask again after the receipt's delay."
    ),
    "guard_changed": Meaning(
        "Another process has signed a checkpoint meanwhile.", "Nothing needs to be done; it carries on."
    ),
    "log_lagging": Meaning(
        "The audit log is more than 15 minutes behind, so nothing is disclosed.",
        "Repeat the request later; the operator has been alarmed.",
    ),
    "log_inconsistent": Meaning(
        "The log's tree and its checkpoint disagree.", "Keep the receipt and tell the auditor: this must not happen."
    ),
    "sequencer_deposed": Meaning("Another sequencer leads now.", "Nothing needs to be done; it carries on."),
    "tile_missing": Meaning(
        "The log has no such file.", "Fetch the checkpoint, and ask for tiles that a tree of its size has."
    ),
    "writer_silent": Meaning(
        "This process of the registry could not write to its audit log for too long.",
        "Repeat the request; the operator must start the process anew.",
    ),
    "size_invalid": Meaning("These sizes have no consistency proof.", "Ask for 1 ≤ first ≤ second ≤ the latest size."),
}

_ERASURES: Mapping[str, Meaning] = {
    "erasure_step_refused": Meaning(
        "This is not possible with the erasure as it stands.", "See the state in the facts; a new one may be proposed."
    ),
    "erasure_unknown": Meaning("There is no such erasure.", "Check the id."),
    "same_person": Meaning(
        "Who proposed this does not decide on it.", "Ask a colleague who may; the attempt was recorded."
    ),
    "tag_unknown": Meaning(
        "No entry of this id bears this tag.", "Take the tag from the entry itself; it may have been erased already."
    ),
}

_PARTS: Mapping[str, Meaning] = {
    "database_unavailable": Meaning(
        "The database cannot answer now; nothing was changed or shown.", "Repeat the request after a moment."
    ),
    "not_ready": Meaning("A part is missing or late.", "See the facts; the operator must act."),
    "quota_exceeded": Meaning(
        "The daily quota is used up.", "Wait as long as Retry-After says, or ask the operator for a higher one."
    ),
}

CODES: Mapping[str, Meaning] = {
    **_SIGN_IN,
    **_REQUESTS,
    **_MEMBERS,
    **_NOTICES,
    **_REPORTS,
    **_SCORES,
    **_TOKENS,
    **_LOG,
    **_ERASURES,
    **{
        code: Meaning(*words)
        for code, words in {
            **APPEALS,
            **AUDITS,
            **EVIDENCE,
            **INTEGRITY,
            **PAGES,
            **STAFF,
            **SUBJECTS,
            **WEBHOOKS,
        }.items()
    },
    **_PARTS,
}
