"""What body a scan shows, and whether that lies as the header says."""
