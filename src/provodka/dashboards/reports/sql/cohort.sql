SELECT scenario, grp AS "group", count(*) AS cohort, $counted
FROM told GROUP BY scenario, grp ORDER BY scenario, grp
