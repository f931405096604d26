SELECT count(*) AS calls, count(*) FILTER (WHERE direction = 'incoming') AS incoming,
  count(*) FILTER (WHERE wait_seconds < 0 OR talk_seconds < 0) AS negative,
  count(*) FILTER (WHERE outcome <> 'answered' AND direction = 'incoming' AND talk_seconds > 0)
    AS spoken_unanswered
FROM report.call_version
WHERE valid_from <= :as_of AND (valid_to IS NULL OR valid_to > :as_of)
  AND (deleted_at IS NULL OR deleted_at > :as_of)
  AND started_at >= :since AND started_at < :until AND started_at <= :as_of
