WITH
-- Deals that are not there any more, and whose history theirs belongs to, if anybody's: found once
-- for all of the question's statements, so that several processes may read the visits of each.
departed AS NOT MATERIALIZED (
  SELECT g.deal, g.subject FROM unnest(CAST(:gone AS uuid[]), CAST(:heirs AS uuid[])) g (deal, subject)
),
seen AS NOT MATERIALIZED (
  SELECT v.deal, v.visit, v.scenario, v.stage, v.rank, v.stage_kind, v.entered_at, v.amount,
    v.currency, v.deal_created_at,
    CASE WHEN v.left_at <= :as_of THEN v.exit ELSE 'open' END AS exit_then,
    CASE WHEN v.left_at <= :as_of THEN v.left_at END AS left_then
  FROM report.stage_visit v WHERE v.entered_at <= :as_of
),
live AS NOT MATERIALIZED (
  SELECT coalesce(g.subject, v.deal) AS subject, v.* FROM seen v LEFT JOIN departed g ON g.deal = v.deal
  WHERE g.deal IS NULL OR g.subject IS NOT NULL
)
