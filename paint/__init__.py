"""Draws the pictures of the game by program: grounds, scenery, previews."""

# pygame-ce loads `surfarray` at its first use, and two threads that use it first
# at once see half a module. Here it is loaded whole, before any thread begins.
from pygame.surfarray import blit_array as _loaded

del _loaded
