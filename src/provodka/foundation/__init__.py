"""What every floor stands on: errors, money, identifiers, located YAML, language, logs."""
