"""What a rule has done of late is found by the rule: one index for a day's counts and for lists."""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """By rule and time, instead of by time."""
    op.execute("DROP INDEX hub.ix_effect_at")
    op.execute("CREATE INDEX ix_effect_rule ON hub.effect (rule, at)")


def downgrade() -> None:
    """By time again."""
    op.execute("DROP INDEX hub.ix_effect_rule")
    op.execute("CREATE INDEX ix_effect_at ON hub.effect (at, rule)")
