"""What people see: report tables that follow the journal, reports, and their pages and files."""
