"""Collections and stops of the world."""
