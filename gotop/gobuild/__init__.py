"""From what the user names to an executable: files, package directories, import paths, built with the user's own Go."""
