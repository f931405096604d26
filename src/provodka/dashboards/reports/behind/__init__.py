"""The documents behind the numbers of reports: as many as the number says."""
