-- Снимок помнит, что удаление согласовано: документ удалила сама 1С, либо она уже приняла наше.
DO $$
DECLARE
    kind text;
BEGIN
    FOR kind IN
        SELECT DISTINCT b.kind FROM hub.binding b
        JOIN information_schema.columns c
            ON c.table_schema = 'crm' AND c.table_name = b.kind AND c.column_name = 'deleted_at'
    LOOP
        EXECUTE format($update$
            UPDATE hub.binding b
            SET snapshot = (coalesce(b.snapshot::jsonb, '{}') || '{"deleted_at": true}')::json
            FROM crm.%1$I d
            WHERE b.kind = %1$L AND b.document = d.id AND d.deleted_at IS NOT NULL
              AND (
                (SELECT j.origin FROM hub.delta j
                 WHERE j.document = d.id AND j.kind = %1$L AND j.part = ''
                   AND j.before->>'deleted_at' IS DISTINCT FROM j.after->>'deleted_at'
                 ORDER BY j.xid DESC, j.id DESC LIMIT 1) = b.system
                OR EXISTS (SELECT FROM hub.outbox o
                           WHERE o.document = d.id AND o.target = b.system
                             AND o.state = 'delivered' AND o.intent_at >= d.deleted_at))
        $update$, kind);
    END LOOP;
END
$$;
