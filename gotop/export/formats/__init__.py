"""The formats that a session can be exported to, one module each, which registers itself when it is imported."""
