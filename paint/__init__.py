"""The painter: bakes tracks into pictures, and draws smooth shapes.

`python -m paint` bakes every track into `assets/grounds`. It decides nothing:
kerbs, sand and walls come from the track, so that the eye sees what the car
feels.
"""
