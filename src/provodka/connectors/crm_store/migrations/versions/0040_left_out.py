"""Contents of attachments may have been erased, or never been had: what the column says of it."""

from alembic import op

revision = "0040"
down_revision = "0039"

COLUMN = "COMMENT ON COLUMN hub.message_file.left_out IS"


def upgrade() -> None:
    """Name the reasons."""
    op.execute(
        f"{COLUMN} 'Почему содержимого нет: too_large, unavailable (взять не удалось), expired"
        " (вышел срок хранения); пусто, если есть'"
    )


def downgrade() -> None:
    """Name the one that was."""
    op.execute(f"{COLUMN} 'Почему содержимое не сохранено: too_large; пусто, если сохранено'")
