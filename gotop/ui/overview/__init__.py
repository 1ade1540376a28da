"""The figures at the top of the main screen."""
