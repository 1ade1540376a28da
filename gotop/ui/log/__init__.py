"""What the service writes."""
