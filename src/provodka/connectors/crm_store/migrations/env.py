"""Alembic's entry: runs the migrations on the connection that the store hands over."""

from alembic import context

from provodka.connectors.crm_store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    version_table_schema="hub",
)
with context.begin_transaction():
    context.run_migrations()
