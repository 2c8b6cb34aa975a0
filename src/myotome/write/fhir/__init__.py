"""The result as FHIR resources."""
