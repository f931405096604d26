SELECT min(first_day) AS begins, max(last_day) AS ends FROM report.plan_version
WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
  AND first_day < CAST(:until AS timestamptz) AT TIME ZONE :zone
  AND last_day + 1 > CAST(:since AS timestamptz) AT TIME ZONE :zone
