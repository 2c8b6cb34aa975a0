"""What is to be measured: manifests and folders become studies with pseudonyms."""
