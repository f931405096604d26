"""What has changed in 1C since last time: by an exchange plan's feed, or by scanning versions."""
