SELECT f.object, sum(f.value) AS value FROM f
WHERE f.happened >= :since AND f.happened < :until AND $wanted GROUP BY f.object
