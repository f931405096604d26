"""A telephone exchange: an Asterisk that writes its call log to `Master.csv`."""
