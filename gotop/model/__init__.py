"""Session state. Pure: no I/O, no Textual, no colours."""
