, told AS (
  SELECT w.wanted, c.subject, c.scenario, c.grp, c.entered_at AS at, c.amount
  FROM closing c CROSS JOIN LATERAL (VALUES ('won', c.stage_kind = 'won'),
    ('lost', c.stage_kind = 'lost'), ('win_rate', c.stage_kind = 'won'),
    ('won_amount', c.stage_kind = 'won' AND c.currency = 'RUB')) w (wanted, counts)
  WHERE w.counts
  UNION ALL
  SELECT 'reopened', subject, scenario, grp, entered_at, amount FROM reopening
  UNION ALL
  SELECT w.wanted, f.subject, f.scenario, f.grp, b.created_at, f.amount
  FROM fate f JOIN born b ON b.subject = f.subject
  CROSS JOIN LATERAL (VALUES ('cohort', true), ('cohort_won', f.kind = 'won'),
    ('cohort_rate', f.kind = 'won'), ('cohort_lost', f.kind = 'lost'),
    ('cohort_open', f.kind = 'open'), ('open_share', f.kind = 'open')) w (wanted, counts)
  WHERE w.counts
),
behind AS (
  SELECT n.nth, t.subject AS document, t.at, t.amount
  FROM told t JOIN number n
    ON n.wanted = t.wanted AND n.key_scenario = t.scenario AND n.key_group = t.grp
)
