"""The node beside the archive: receives studies, measures them, sends the results back."""
