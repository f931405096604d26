"""The CRM store: PostgreSQL tables, the journal of deltas, and set-based merges."""
