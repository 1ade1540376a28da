"""What stands on the main screen: the figures at its top and one view a number key."""
