"""Keys of writers, and erasure: what may be destroyed, by which act of two people, and by no other way.

Revision: 202611212256, after 202611212252.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611212256"
down_revision = "202611212252"
branch_labels = None
depends_on = None

GRANTS = (
    "INSERT, SELECT (writer_id, master) ON audit.writer_key TO registry_api, registry_worker",
    "SELECT ON audit.writer_key, audit.erased TO registry_auditor",
    "SELECT, INSERT, UPDATE (state, tag, decided_by, decided_at) ON erasure TO registry_api",
    (
        "SELECT, UPDATE (state, tag, looked_up_to, entries, items, identities, completed_at) ON erasure "
        "TO registry_worker"
    ),
    "SELECT ON erasure TO registry_auditor",
    "DELETE ON evidence_artefact, notice TO registry_worker",
)

# Each refuses every change of its table but one, and asks the tables themselves whether that one is due.
GUARDS = {
    # A rotation wraps the same key anew.
    "audit.writer_key": (
        "rewrap",
        "TG_OP = 'UPDATE' AND OLD.writer_id = NEW.writer_id",
    ),
    # An erasure that has its own entry destroys the key of an entry or of one claim of a batch, never a month's.
    "audit.key": (
        "erase_key",
        (
            "TG_OP = 'UPDATE' AND OLD.id = NEW.id AND OLD.month IS NULL AND NEW.month IS NULL "
            "AND NEW.wrapped IS NULL AND OLD.destroyed_at IS NULL AND NEW.destroyed_at IS NOT NULL "
            "AND EXISTS (SELECT FROM audit.erased WHERE entry_id = OLD.id)"
        ),
    ),
    "audit.entry_tag": (
        "erase_tag",
        "TG_OP = 'DELETE' AND EXISTS (SELECT FROM audit.erased WHERE entry_id = OLD.entry_id)",
    ),
    # The contact that was told goes with the identity it belongs to, and hashes of evidence with the record.
    "notice": (
        "forget_notice",
        (
            "TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM public.report_identity i "
            "WHERE (i.report_id, i.stored) = (OLD.report_id, OLD.stored))"
        ),
    ),
    "evidence_artefact": (
        "forget_artefact",
        "TG_OP = 'DELETE' AND EXISTS (SELECT FROM public.report r WHERE r.id = OLD.report_id AND r.state = 'expired')",
    ),
}

GUARD = """
CREATE FUNCTION audit.{name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF {condition} THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% on %.% is refused: history is append-only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""

BEARS = """
CREATE FUNCTION audit.bears(entry uuid, wanted bytea) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT FROM audit.entry_tag WHERE entry_id = entry AND tag = wanted)
$$
"""

TO_ERASE = """
CREATE FUNCTION audit.to_erase(erasure_id uuid, most integer) RETURNS TABLE (entry_id uuid, is_item boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT t.entry_id, EXISTS (SELECT FROM audit.batch_item i WHERE i.item_id = t.entry_id)
    FROM audit.entry_tag t JOIN public.erasure e ON e.tag = t.tag
    WHERE e.id = erasure_id AND e.state = 'approved' ORDER BY t.entry_id LIMIT most
$$
"""

# Demands an approval by two people and, in this very transaction, an entry of its own. What that entry says is sealed
# from the database; a verifier finds destroyed keys that it does not name (MISSING).
ERASE = """
CREATE FUNCTION audit.erase(erasure_id uuid, tombstone uuid, gone uuid[], identities bytea[], at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    wanted bytea;
BEGIN
    SELECT tag INTO wanted FROM public.erasure
        WHERE id = erasure_id AND state = 'approved' AND decided_by <> proposed_by FOR UPDATE;
    IF wanted IS NULL THEN
        RAISE EXCEPTION 'erasure % is not approved', erasure_id USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM audit.entry e JOIN audit.outbox o ON o.entry_id = e.id
        WHERE e.id = tombstone AND e.type = 6 AND e.xmin = pg_current_xact_id()::xid;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'an erasure needs an entry of its own' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(gone) AS one (id)
        WHERE NOT EXISTS (SELECT FROM audit.entry_tag t WHERE t.tag = wanted AND t.entry_id = one.id)
    ) THEN
        RAISE EXCEPTION 'erasure % does not concern all of these entries', erasure_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO audit.erased (entry_id, tombstone_id) SELECT one.id, tombstone FROM unnest(gone) AS one (id);
    UPDATE audit.key SET wrapped = NULL, destroyed_at = at WHERE id = ANY (gone) AND destroyed_at IS NULL;
    DELETE FROM audit.entry_tag WHERE entry_id = ANY (gone);
    DELETE FROM public.report_identity WHERE stored = ANY (identities);
    DELETE FROM public.notice WHERE stored = ANY (identities);
END $$
"""

FIXED = """
CREATE TRIGGER fixed_when_proposed BEFORE UPDATE ON erasure FOR EACH ROW
WHEN ((OLD.id, OLD.entry_id, OLD.legal_basis, OLD.proposed_by, OLD.proposed_at)
    IS DISTINCT FROM (NEW.id, NEW.entry_id, NEW.legal_basis, NEW.proposed_by, NEW.proposed_at)
    OR NEW.tag IS DISTINCT FROM OLD.tag AND NEW.tag IS NOT NULL
    OR OLD.decided_by IS NOT NULL AND OLD.decided_by IS DISTINCT FROM NEW.decided_by
    OR OLD.state NOT IN ('proposed', 'approved'))
EXECUTE FUNCTION audit.refuse_rewrite()
"""

FUNCTIONS = {
    "audit.bears(uuid, bytea)": "registry_api",
    "audit.to_erase(uuid, integer)": "registry_worker",
    "audit.erase(uuid, uuid, uuid[], bytea[], timestamptz)": "registry_worker",
}


def upgrade() -> None:
    _create_tables()
    for table in ("audit.erased", "erasure"):
        when = "UPDATE OR DELETE" if table == "audit.erased" else "DELETE"
        op.execute(
            f"CREATE TRIGGER append_only BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
        )
    for table in ("audit.erased", "audit.writer_key", "erasure"):
        op.execute(
            f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_rewrite()"
        )
    for table, (name, condition) in GUARDS.items():
        op.execute(GUARD.format(name=name, condition=condition))
        op.execute(f"DROP TRIGGER IF EXISTS append_only ON {table}")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION audit.{name}()"
        )
    op.execute(FIXED)
    for function in (BEARS, TO_ERASE, ERASE):
        op.execute(function)
    for function, role in FUNCTIONS.items():
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM public")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")


def _create_tables() -> None:
    op.create_table(
        "writer_key",
        sa.Column("writer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("master", sa.String(length=200), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(length=60), nullable=False),
        sa.PrimaryKeyConstraint("writer_id", name=op.f("pk_writer_key")),
        schema="audit",
        comment="The key-encryption key of a writer, wrapped by the master key that is named",
    )
    op.create_table(
        "erased",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("tombstone_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_erased")),
        schema="audit",
        comment="Which erasure entry destroyed the keys of an entry, or of one claim of a batch",
    )
    op.create_index("ix_erased_tombstone_id", "erased", ["tombstone_id"], unique=False, schema="audit")
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.LargeBinary(length=32), nullable=True),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("legal_basis", sa.String(length=32), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_up_to", sa.LargeBinary(length=32), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("identities", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "legal_basis IN ('consent_withdrawn', 'court_order', 'purpose_ended', 'retention_over', 'unlawful')",
            name=op.f("ck_erasure_legal_basis"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused', 'expired', 'completed')", name=op.f("ck_erasure_state")
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_erasure_two_people")),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name=op.f("fk_erasure_proposed_by_staff")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_erasure_decided_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
        comment="What two people decided to destroy; the tag goes when it is done or refused",
    )
    op.create_index("ix_erasure_state", "erasure", ["state", "id"], unique=False)


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("erasure")
    for table, (name, _) in GUARDS.items():
        op.execute(f"DROP TRIGGER append_only ON {table}")
        op.execute(f"DROP FUNCTION audit.{name}()")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION audit.refuse_rewrite()"
        )
    for table in ("erased", "writer_key"):
        op.drop_table(table, schema="audit")
    op.execute("REVOKE DELETE ON evidence_artefact, notice FROM registry_worker")
