"""Turns what the user names into an executable: files, package directories, import paths, built with the user's own Go.
"""
