
SELECT deal, subject FROM departed
