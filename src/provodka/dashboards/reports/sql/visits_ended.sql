UPDATE report.stage_visit v SET left_at = f.left_at, exit = f.exit, survivor = f.survived
FROM followed f WHERE f.base IS NOT NULL AND f.left_at IS NOT NULL
  AND v.deal = f.deal AND v.visit = f.visit
