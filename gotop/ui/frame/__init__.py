"""What screens and views of all subjects share: header, footer, base classes, help, source pane."""
