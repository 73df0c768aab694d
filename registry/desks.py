"""What each group of use cases works with, put together for one API process."""

import secrets
from functools import partial
from typing import TYPE_CHECKING

from registry import policies
from registry.api.filing_models import read
from registry.clock import real_time
from registry.keys import KeyName, Keys
from registry.masters import Master
from registry.services import appeals, auditing, casefiles, referrals, reports, staff, subjects, webhooks
from registry.services.appeals import AppealKeys
from registry.services.reports import ReportKeys, statements
from registry.services.scores import Scoring
from registry.services.staff import Passwords, StaffKeys
from registry.services.subjects import SubjectKeys
from registry.services.trail import Trail
from registry.services.uploads import Desk as UploadsDesk
from registry.services.webhooks import WebhookKeys
from registry.settings import Mode, Settings

if TYPE_CHECKING:
    from registry.api.provider import Provider


def for_appeals(settings: Settings, trail: Trail, held: Keys) -> appeals.Desk:
    """Put together what the use cases of appeals need, of the API and of the worker."""
    return appeals.Desk(
        policies=policies.load(),
        trail=trail,
        entropy=secrets.token_bytes,
        keys=AppealKeys.derive(held[KeyName.APPEALS]),
        portal=f"{settings.public_url}/me",
        signing_time=real_time,
    )


def for_auditing(trail: Trail, master: Master, held: Keys) -> auditing.Desk:
    """Put together what auditors' use cases need."""
    offsets = {name: policy.utc_offset_minutes for name, policy in policies.load().items()}
    return auditing.Desk(trail, master, held[KeyName.TAGS], secrets.token_bytes, offsets)


def for_casefiles(trail: Trail, held: Keys) -> casefiles.Desk:
    """Put together what the files of contested records need; what members filed is opened with the desk of reports."""
    filed = for_reports(trail, held)
    return casefiles.Desk(
        policies=filed.policies,
        models={pack: Scoring.of(policy).model for pack, policy in filed.policies.items()},
        trail=trail,
        filing=partial(statements.filing_of, desk=filed),
    )


def for_provider(settings: Settings) -> "Provider | None":
    """Put together the way to the provider that staff may sign in by, if there is one."""
    if settings.staff_oidc is None:
        return None
    # Two megabytes of libraries that nobody else needs.
    from registry.api.provider import Provider, Terms  # noqa: PLC0415

    secret = settings.staff_oidc_secret.get_secret_value() if settings.staff_oidc_secret else ""
    here = f"{settings.public_url.rstrip('/')}/console/sign-in/provider/back"
    return Provider(Terms.parse(settings.staff_oidc, secret), here=here)


def for_referrals(settings: Settings, trail: Trail, held: Keys) -> referrals.Desk:
    """Put together what referrals need; what a member signed is opened with the desk of reports."""
    filed = for_reports(trail, held)
    return referrals.Desk(
        realm=settings.realm,
        policies=filed.policies,
        trail=trail,
        entropy=secrets.token_bytes,
        statement=partial(statements.statement_of, desk=filed),
    )


def for_reports(trail: Trail, held: Keys) -> reports.Desk:
    """Put together what the use cases of reports need."""
    return reports.Desk(
        policies=policies.load(),
        trail=trail,
        entropy=secrets.token_bytes,
        keys=ReportKeys.derive(held[KeyName.RECORDS]),
        read=read,
        signing_time=real_time,
        peppers=held.peppers,
    )


def for_staff(settings: Settings, trail: Trail, held: Keys) -> staff.Desk:
    """Put together what the use cases of staff need."""
    derived = StaffKeys.derive(held[KeyName.RECORDS])
    return staff.Desk(settings.realm, trail, secrets.token_bytes, derived, Passwords(), settings.public_url)


def for_subjects(settings: Settings, trail: Trail, held: Keys) -> subjects.Desk:
    """Put together what subjects' use cases need; what members filed is opened with the desk of reports."""
    filed = for_reports(trail, held)
    return subjects.Desk(
        audience=settings.proof_url,
        pack=settings.policy,
        policies=filed.policies,
        models={pack: Scoring.of(policy).model for pack, policy in filed.policies.items()},
        trail=trail,
        entropy=secrets.token_bytes,
        keys=SubjectKeys.derive(held[KeyName.RECORDS]),
        data_key=partial(statements.data_key, desk=filed),
        filing=partial(statements.filing_of, desk=filed),
        peppers=held.peppers,
    )


def for_uploads(settings: Settings, trail: Trail, held: Keys) -> UploadsDesk:
    """Put together what the files of appeals need."""
    wrapping = UploadsDesk.derive(held[KeyName.RECORDS])
    return UploadsDesk(trail, secrets.token_bytes, settings.evidence_max_bytes, wrapping)


def for_webhooks(settings: Settings, trail: Trail, held: Keys) -> webhooks.Desk:
    """Put together what the use cases of members' endpoints need."""
    derived = WebhookKeys.derive(held[KeyName.WEBHOOKS])
    return webhooks.Desk(trail, secrets.token_bytes, derived, settings.mode is Mode.LIVE, real_time)
