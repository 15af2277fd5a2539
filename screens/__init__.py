"""What the player sees: one file a screen or a thing on the screen.

Nothing in here decides anything about a race; it draws what `view.py` and
`race_state.py` believe. Together with `client.py` and `paint`, the only code
that knows pygame.

Units: pixels on screen; metres in the world, ten pixels each.
"""
