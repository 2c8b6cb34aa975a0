"""From label files in any form to training cases."""
