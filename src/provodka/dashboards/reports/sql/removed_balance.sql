SELECT count(*) FILTER (WHERE exit_then IN ('deleted', 'merged')) AS gone,
  count(*) FILTER (WHERE NOT EXISTS (SELECT FROM subject s WHERE s.deal = l.deal)) AS excluded,
  count(*) FILTER (WHERE exit_then = 'merged'
    AND EXISTS (SELECT FROM subject s WHERE s.deal = l.deal)) AS united
FROM latest l
