-- Working days of each calendar; `before` is the working time, in seconds, of all days before.
calendar AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:cal_code AS text[]), CAST(:cal_day AS date[]),
    CAST(:cal_opens AS timestamptz[]), CAST(:cal_closes AS timestamptz[]),
    CAST(:cal_before AS float8[])) AS c (code, day, opens, closes, before)
),
zones AS MATERIALIZED (
  SELECT * FROM unnest(CAST(:zone_code AS text[]), CAST(:zone_name AS text[])) AS z (code, zone)
)
