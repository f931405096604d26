SELECT k.scenario, k.scenario_name, k.stage, k.name, k.rank, k.kind, s.step
FROM known k LEFT JOIN step s ON s.scenario = k.scenario AND s.stage = k.stage
ORDER BY k.scenario, s.step NULLS LAST, k.rank, k.stage
