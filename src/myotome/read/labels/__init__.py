"""Label files of any form as one label map."""
