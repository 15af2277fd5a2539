"""Every sound of the game, computed: `python -m synth` writes `assets/sounds/`.

Numpy alone, and the same files every time: whatever is random has a seed.
What there is and what it is for stands in `catalogue.py`; how one kind of
sound is made, in the module of that kind. Nothing is played here.

Units: seconds, hertz, samples of `tones.RATE` a second, from -1 to 1.
"""
