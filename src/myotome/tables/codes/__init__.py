"""Terms of SNOMED CT, DICOM, LOINC and UCUM, row by row."""
