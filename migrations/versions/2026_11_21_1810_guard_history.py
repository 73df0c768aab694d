"""Roles with narrow grants, and triggers that refuse to rewrite history whatever the grants say.

Revision: 202611211810, after 202611211800.
"""

from alembic import op

revision = "202611211810"
down_revision = "202611211800"
branch_labels = None
depends_on = None

ROLES = ("registry_api", "registry_worker", "registry_auditor")

APPEND_ONLY = (
    "report_revision",
    "evidence_artefact",
    "notice",
    "disclosure",
    "recall",
    "claim",
    "audit.writer",
    "audit.entry",
    "audit.entry_tag",
    "audit.batch_item",
    "audit.key",
    "audit.shard",
    "audit.leaf",
    "audit.tile",
    "audit.checkpoint",
)

WRITES_AUDIT = "audit.writer, audit.entry, audit.entry_tag, audit.batch_item, audit.outbox, audit.key"
READS_PROOFS = "audit.shard, audit.state, audit.leaf, audit.tile, audit.checkpoint"
# What a new revision may correct. Never the act's date, the filing, the member, the reference or the severity.
CORRECTABLE = (
    "category, aggravations, confidence, amount_minor, currency, confirmed_on, event_id, revision, "
    "state, state_reason, state_at, served_at, activated_at, repaid_on, revised_at"
)

GRANTS = (
    "USAGE ON SCHEMA audit TO registry_api, registry_worker, registry_auditor",
    # Both refuse to work on a schema they were not written for.
    "SELECT ON alembic_version TO registry_api, registry_worker",
    # The API: files, discloses, proves.
    "SELECT ON group_, member, member_key, group_reliability TO registry_api",
    (
        "SELECT, INSERT ON assertion_seen, report, report_revision, report_identity, report_event, "
        "evidence_artefact, notice, claim, disclosure, recall TO registry_api"
    ),
    f"UPDATE ({CORRECTABLE}) ON report TO registry_api",
    # A correction may take an identifier back.
    "DELETE ON report_identity TO registry_api",
    "SELECT, INSERT, UPDATE ON quota_use, idempotency, import_job, import_line TO registry_api",
    f"INSERT ON {WRITES_AUDIT} TO registry_api",
    "SELECT (id, started_at) ON audit.writer TO registry_api",
    "SELECT (id, leaf, type, t_ms, member_id) ON audit.entry TO registry_api",
    f"SELECT ON {READS_PROOFS} TO registry_api",
    # How far the log is behind.
    "SELECT (entry_id) ON audit.outbox TO registry_api",
    # The worker: moves time on, seals, forgets.
    (
        "SELECT ON group_, member, report, report_revision, report_identity, report_event, notice, claim, "
        "disclosure, recall TO registry_worker"
    ),
    f"UPDATE ({CORRECTABLE}, claim_ref, wrapped_key) ON report TO registry_worker",
    "DELETE ON report_identity, report_event TO registry_worker",
    "INSERT ON recall, report_revision TO registry_worker",
    "SELECT, DELETE ON assertion_seen, idempotency, quota_use TO registry_worker",
    "SELECT, INSERT, UPDATE ON group_reliability TO registry_worker",
    f"INSERT ON {WRITES_AUDIT} TO registry_worker",
    "SELECT (id, started_at) ON audit.writer TO registry_worker",
    "SELECT, DELETE ON audit.outbox TO registry_worker",
    "SELECT (id, leaf, type, t_ms, member_id) ON audit.entry TO registry_worker",
    "INSERT ON audit.shard, audit.state, audit.leaf, audit.tile, audit.checkpoint TO registry_worker",
    f"SELECT ON {READS_PROOFS} TO registry_worker",
    "UPDATE ON audit.state TO registry_worker",
    # The auditor: looks.
    (
        "SELECT ON group_, member, member_key, report_identity, notice, claim, disclosure, recall, group_reliability "
        "TO registry_auditor"
    ),
    f"SELECT ON {WRITES_AUDIT}, {READS_PROOFS} TO registry_auditor",
)

REFUSE = """
CREATE FUNCTION audit.refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %.% is refused: history is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""

FIXED = """
CREATE TRIGGER fixed_at_filing BEFORE UPDATE ON report FOR EACH ROW
WHEN ((OLD.id, OLD.member_id, OLD.group_id, OLD.reference, OLD.severity, OLD.act_ended_on, OLD.filed_at)
    IS DISTINCT FROM
    (NEW.id, NEW.member_id, NEW.group_id, NEW.reference, NEW.severity, NEW.act_ended_on, NEW.filed_at))
EXECUTE FUNCTION audit.refuse_rewrite()
"""

# Ranges of UUIDv7 keys: the first 48 bits are the milliseconds. A month that already spilled into the default
# partition stays there; false says so, or that another worker was first. Partitions inherit triggers for rows, and none
# for TRUNCATE.
PARTITION = """
CREATE FUNCTION audit.make_partition(month date) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, audit AS $$
DECLARE
    first date := date_trunc('month', month);
    name text := 'entry_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass('audit.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE audit.%I PARTITION OF audit.entry FOR VALUES FROM (%L) TO (%L)',
        name, audit.first_key(first), audit.first_key((first + interval '1 month')::date));
    EXECUTE format(
        'CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit.%I '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()', name);
    RETURN true;
EXCEPTION WHEN check_violation OR duplicate_table THEN
    RETURN false;
END $$
"""

FIRST_KEY = """
CREATE FUNCTION audit.first_key(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM day) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$
"""


def upgrade() -> None:
    for role in ROLES:
        op.execute(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
            f"CREATE ROLE {role} NOLOGIN; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    op.execute(REFUSE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
        )
        op.execute(
            f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
        )
    op.execute(FIXED)
    op.execute(FIRST_KEY)
    op.execute(PARTITION)
    op.execute("CREATE TABLE audit.entry_other PARTITION OF audit.entry DEFAULT")
    op.execute(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON audit.entry_other "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
    )
    op.execute("REVOKE ALL ON FUNCTION audit.make_partition(date) FROM public")
    op.execute("GRANT EXECUTE ON FUNCTION audit.make_partition(date) TO registry_worker")


def downgrade() -> None:
    op.execute("DROP FUNCTION audit.make_partition(date)")
    op.execute("DROP FUNCTION audit.first_key(date)")
    op.execute(
        "DO $$ DECLARE part regclass; BEGIN FOR part IN SELECT inhrelid FROM pg_inherits "
        "WHERE inhparent = 'audit.entry'::regclass LOOP EXECUTE format('DROP TABLE %s', part); END LOOP; END $$"
    )
    op.execute("DROP TRIGGER fixed_at_filing ON report")
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(f"DROP TRIGGER append_only_whole ON {table}")
    op.execute("DROP FUNCTION audit.refuse_rewrite()")
    # The roles stay: they belong to the server and may serve other databases on it.
    for schema in ("public", "audit"):
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {', '.join(ROLES)}")
        op.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {', '.join(ROLES)}")
