"""The base's web services: EnterpriseData over SOAP, from the published definitions."""
