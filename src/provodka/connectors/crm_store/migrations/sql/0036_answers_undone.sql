DROP TABLE report.answer;
DROP INDEX report.ix_stage_visit_born;
DROP INDEX report.ix_stage_visit_entered;
DROP INDEX report.ix_stage_visit_gone;
DROP INDEX report.ix_stage_visit_survivor;
CREATE INDEX ix_stage_visit_stage ON report.stage_visit (scenario, stage, entered_at);
