SELECT basis, $group AS grp, $group AS "group", count(*) AS papers, sum(amount) AS amount
FROM fact f
WHERE happened >= :since AND happened < :until AND $wanted
GROUP BY basis, grp ORDER BY basis, grp
