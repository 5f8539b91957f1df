"""What the portal knows of AWS. It has no page of its own."""
