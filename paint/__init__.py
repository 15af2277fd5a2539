"""Draws the pictures of the game by program: grounds, scenery, previews."""
