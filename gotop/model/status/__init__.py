"""The session itself: its connection, how far it can be trusted, gauges and their history, the service's output."""
