"""Letters: built from templates, sent over SMTP once, looked up in the Sent folder over IMAP."""
