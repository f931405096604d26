-- Open deals where they stand at the instant, one row each: those that stand there still, and those
-- that have gone on since.
, now_at AS MATERIALIZED (
  SELECT v.deal, v.scenario, v.stage, v.entered_at, v.responsible, v.client, v.amount, v.currency,
    $group AS grp
  FROM (
    SELECT * FROM report.stage_visit WHERE stage_kind = 'open' AND left_at IS NULL
    UNION ALL
    SELECT * FROM report.stage_visit WHERE stage_kind = 'open' AND left_at > :as_of
      AND deal = ANY (ARRAY(
        SELECT deal FROM report.stage_visit WHERE entered_at > :as_of
        UNION SELECT deal FROM report.stage_visit
        WHERE exit IN ('transferred', 'deleted', 'merged') AND left_at > :as_of))
  ) v
  WHERE v.entered_at <= :as_of AND $wanted
    AND (CAST(:scenario AS text) IS NULL OR v.scenario = :scenario)
),
undone AS MATERIALIZED (
  SELECT deal_id, min(due_at) AS due_at, count(*) FILTER (WHERE due_at < :as_of) AS late
  FROM report.task_version
  WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
    AND (deleted_at IS NULL OR deleted_at > :as_of) AND status = 'open' AND deal_id IS NOT NULL
  GROUP BY deal_id
),
-- What deals that have changed since were expected to bring before the first change.
expected_then AS MATERIALIZED (
  SELECT DISTINCT ON (document) document,
    CAST(CASE op WHEN 'insert' THEN after ELSE before END ->> 'expected_revenue' AS numeric) AS amount
  FROM hub.delta WHERE kind = 'deal' AND part = '' AND at > :as_of ORDER BY document, id
),
card AS MATERIALIZED (
  SELECT n.deal, n.scenario, n.stage, n.grp, n.amount, n.currency, n.entered_at, n.responsible,
    n.client, u.due_at, coalesce(u.late, 0) AS late, u.deal_id IS NULL AS idle,
    extract(epoch FROM CAST(:as_of AS timestamptz) - n.entered_at) / 86400 AS days,
    coalesce(e.amount, d.expected_revenue, 0) AS expected
  FROM now_at n LEFT JOIN undone u ON u.deal_id = n.deal
  LEFT JOIN crm.deal d ON d.id = n.deal LEFT JOIN expected_then e ON e.document = n.deal
)
