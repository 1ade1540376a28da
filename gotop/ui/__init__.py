"""The Textual app: a front on the model."""
