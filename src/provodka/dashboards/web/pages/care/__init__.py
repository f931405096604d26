"""Pages of those who care for the hub: overview, invoices, documents, what waits, rules, status."""
