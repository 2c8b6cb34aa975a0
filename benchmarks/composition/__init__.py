"""Body composition beside the reference labels of real CTs, and what it costs."""
