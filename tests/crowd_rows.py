"""Rows in bulk: copies of what was really done once, with ids, places and times of their own; $1 is how many.

Whoever runs these is stopped by no trigger. What is sealed in a copy opens no more; lists open nothing.
"""

# The states of records in turn.
_STATES = "ARRAY['active', 'active', 'active', 'active', 'active', 'active', 'disputed', 'expired']"
REPORTS = f"""
    INSERT INTO report SELECT made.* FROM report AS seed, (SELECT count(*) AS before FROM report) AS known,
        generate_series(before + 1, before + $1::int) AS n,
        LATERAL jsonb_populate_record(seed, jsonb_build_object('id', gen_random_uuid(), 'reference', 'C-' || n,
            'claim_ref', NULL, 'event_id', gen_random_uuid(), 'state', ({_STATES})[1 + n::int % 8],
            'filed_at', seed.filed_at - n * interval '5 minutes')) AS made
    WHERE seed.id = $2
"""  # noqa: S608 - our own words
IDENTITIES = """
    INSERT INTO report_identity (report_id, kind, epoch, stored, known_on)
    SELECT id, kind, 1, sha256((id || kind)::bytea), act_ended_on
    FROM report, unnest(ARRAY['phone', 'email']) AS kind WHERE reference LIKE 'C-%' LIMIT 2 * $1::int
    ON CONFLICT DO NOTHING
"""
# $2: the appeals to copy, as often as each is to be there.
APPEALS = """
    INSERT INTO appeal SELECT made.* FROM (
        SELECT id, row_number() OVER (ORDER BY filed_at)::int AS n FROM report WHERE reference LIKE 'C-%' LIMIT $1::int
    ) AS target JOIN appeal AS seed ON seed.id = ($2::uuid[])[1 + n % cardinality($2::uuid[])],
        LATERAL jsonb_populate_record(seed, jsonb_build_object('id', gen_random_uuid(), 'report_id', target.id,
            'grounds', jsonb_build_array('G0' || 1 + n % 5),
            'received_at', seed.received_at - n * interval '7 minutes', 'wake_at', NULL,
            'decided_at', seed.decided_at - n * interval '7 minutes',
            'next_due_at', CASE WHEN seed.state <> 'decided' THEN seed.next_due_at + n * interval '1 minute' END)
        ) AS made
"""
# Every second recall must be acknowledged, and one in a hundred of these was not.
RECALLS = """
    INSERT INTO recall (id, report_id, revision, member_id, change, reason, created_at, must_acknowledge)
    SELECT gen_random_uuid(), id, 1, member_id, 'removed', 'overturned', filed_at, row_number() OVER () % 2 = 0
    FROM report WHERE reference LIKE 'C-%' LIMIT $1::int
"""
ACKNOWLEDGEMENTS = """
    INSERT INTO recall_acknowledgement SELECT id, created_at FROM recall
    WHERE must_acknowledge AND get_byte(uuid_send(id), 15) > 2 LIMIT $1::int
    ON CONFLICT DO NOTHING
"""
MEMBERS = """
    INSERT INTO member SELECT made.* FROM member AS seed, (SELECT count(*) AS before FROM member) AS known,
        generate_series(before + 1, before + $1::int) AS n,
        LATERAL jsonb_populate_record(seed, jsonb_build_object('id', gen_random_uuid(), 'pseudonym', 'c' || n,
            'name', 'Copy ' || n)) AS made
    WHERE seed.id = $2
"""
# One in ten works for the registry, and half of the others for one member.
ACCOUNTS = """
    INSERT INTO staff (id, name, roles, status, created_at, member_id)
    SELECT gen_random_uuid(), 'copy-' || n, CASE WHEN n % 10 = 0 THEN '{officer}' ELSE '{member}' END::text[],
        'active', now(), CASE WHEN n % 10 = 0 THEN NULL WHEN n % 2 = 0 THEN $2 ELSE coalesce(other.id, $2) END
    FROM (SELECT count(*) AS before FROM staff) AS known, generate_series(before + 1, before + $1::int) AS n
        LEFT JOIN member AS other ON other.name = 'Copy ' || n
"""
MESSAGES = """
    INSERT INTO webhook_message (id, member_id, event, data, created_at)
    SELECT gen_random_uuid(), $2, 'report.state', '{}', now() - n * interval '1 minute'
    FROM generate_series(1, $1::int) AS n
"""
DELIVERIES = """
    INSERT INTO webhook_delivery (message_id, endpoint_id, state, attempts, next_at, settled_at)
    SELECT message.id, endpoint.id,
        (ARRAY['dead', 'waiting', 'delivered'])[least(3, 1 + row_number() OVER () % 50)::int], 1,
        message.created_at, message.created_at
    FROM webhook_message AS message JOIN webhook_endpoint AS endpoint USING (member_id) LIMIT $1::int
    ON CONFLICT DO NOTHING
"""
CLAIMS = """
    INSERT INTO claim (member_id, claim_ref, epoch, identifiers, first_at)
    SELECT $2, sha256(n::text::bytea), 1, sha256((n / 3)::text::bytea), $3::timestamptz - n * interval '20 seconds'
    FROM generate_series(1, $1::int) AS n ON CONFLICT DO NOTHING
"""
SAMPLES = """
    INSERT INTO audit.sample SELECT made.* FROM audit.sample AS drawn, generate_series(1, $1::int) AS n,
        LATERAL jsonb_populate_record(drawn, jsonb_build_object('reason', 'Copy ' || n,
            'id', left(drawn.id::text, 15) || substr(gen_random_uuid()::text, 16))) AS made
"""
SAMPLE_ITEMS = """
    INSERT INTO audit.sample_item SELECT copy.id, position, idx, entry_id
    FROM audit.sample AS copy, audit.sample_item AS item WHERE item.sample_id = $2 AND copy.id <> $2
    LIMIT 1000 * $1::int ON CONFLICT DO NOTHING
"""
SEARCHES = """
    INSERT INTO audit.saved_search (id, staff_id, name, filter, shared, saved_at)
    SELECT gen_random_uuid(), gen_random_uuid(), 'copy ' || n, '{"action": "score.query"}', true, now()
    FROM generate_series(1, $1::int) AS n
"""
# A UUIDv7 of a random millisecond of the twenty days before $2.
ENTRIES = """
    INSERT INTO audit.entry (id, type, t_ms, writer_id, writer_seq, leaf, member_id, action, purpose, outcome,
        staff_tag, sealed_org, sealed_staff, sealed_subject, sealed_content, month_key_id)
    SELECT (lpad(to_hex(at.ms), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8'
        || substr(md5(random()::text), 1, 15))::uuid, type, at.ms, writer_id, round * 10000 + writer_seq, leaf,
        member_id, action, purpose, outcome, staff_tag, sealed_org, sealed_staff, sealed_subject, sealed_content,
        month_key_id
    FROM (SELECT * FROM audit.entry) AS written, generate_series(1, $1::int) AS round,
        LATERAL (
            SELECT (extract(epoch FROM $2::timestamptz) * 1000 - random() * 1728000000 + round * 0)::bigint
        ) AS at (ms)
"""
PLACES = """
    INSERT INTO audit.leaf (shard_id, idx, entry_id, hash)
    SELECT 1, (SELECT max(idx) FROM audit.leaf) + row_number() OVER (ORDER BY id), id, sha256(leaf) FROM audit.entry
    WHERE NOT EXISTS (SELECT FROM audit.leaf WHERE entry_id = entry.id)
"""
# $2: the tag of a person at whom somebody looked so many times.
TAGS = """
    INSERT INTO audit.entry_tag (tag, entry_id)
    SELECT sha256((random() * 20000)::int::text::bytea), id FROM audit.entry WHERE type = 1
    UNION ALL (SELECT $2, id FROM audit.entry WHERE type = 1 LIMIT $1::int)
    ON CONFLICT DO NOTHING
"""
CHECKPOINT = """
    INSERT INTO audit.checkpoint (shard_id, size, root, t_ms, note)
    SELECT 1, (SELECT max(idx) + 1 FROM audit.leaf), root, t_ms, note FROM audit.checkpoint
    ORDER BY size DESC LIMIT 1
"""
