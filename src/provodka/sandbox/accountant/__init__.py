"""The accountant: registers payments and shipments of the invoices in the base."""
