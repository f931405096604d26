"""The exchange with a base by numbered messages of EnterpriseData, both ways."""
