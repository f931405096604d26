"""Which letter about a meeting counts is remembered, so that a late one overwrites nothing."""

from alembic import op

revision = "0038"
down_revision = "0037"

COMMENTS = {
    "TABLE hub.invited": "Какое из писем о встрече учтено: запоздавшее старое новое не затирает",
    "COLUMN hub.invited.id": "Встреча в crm.interaction",
    "COLUMN hub.invited.sequence": "SEQUENCE последнего учтенного приглашения или отмены",
    "COLUMN hub.invited.stamped_at": ("Его DTSTAMP: из двух с одним SEQUENCE новее то, чей позже"),
}


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE hub.invited (id UUID NOT NULL, sequence BIGINT NOT NULL,"
        " stamped_at TIMESTAMP WITH TIME ZONE, CONSTRAINT pk_invited PRIMARY KEY (id))"
    )
    for what, said in COMMENTS.items():
        op.execute(f"COMMENT ON {what} IS '{said}'")


def downgrade() -> None:
    """Take the last letter to come for the newest again."""
    op.execute("DROP TABLE hub.invited")
