"""The session itself: connection, health, gauges over time, the service's log."""
