"""What has come over HTTP is handled here: each arrival in one transaction with its effects."""
