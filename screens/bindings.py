"""Which key and which button do what: as shipped, or as the player bound them.

Keys are known by their place on the keyboard (scancodes), so that they lie
under the same fingers everywhere; what a place is called is learned from the
keyboard itself. What follows from an action is not decided here.

Units: none.
"""

from __future__ import annotations

from enum import StrEnum

import pygame

from preferences import BUTTON_NONE, Preferences


class Action(StrEnum):
    """What hands can ask for in a race; the value is its name in the settings."""

    THROTTLE = "throttle"
    BRAKE = "brake"
    LEFT = "left"
    RIGHT = "right"
    HANDBRAKE = "handbrake"
    NITRO = "nitro"
    RESPAWN = "respawn"
    ENGINE = "engine"
    LOOK = "look"
    RESTART = "restart"
    CHAT = "chat"
    MUTE = "mute"
    TRUTH = "truth"


TITLES = {
    Action.THROTTLE: "Throttle",
    Action.BRAKE: "Brake, reverse",
    Action.LEFT: "Steer left",
    Action.RIGHT: "Steer right",
    Action.HANDBRAKE: "Handbrake",
    Action.NITRO: "Nitro",
    Action.RESPAWN: "Back on the road",
    Action.ENGINE: "Engine on, off",
    Action.LOOK: "Whole track",
    Action.RESTART: "Restart practice",
    Action.CHAT: "Chat",
    Action.MUTE: "Mute the sound",
    Action.TRUTH: "Truth overlay",
}
"""How players read it."""
KEYS: dict[Action, tuple[int, ...]] = {
    Action.THROTTLE: (pygame.KSCAN_UP, pygame.KSCAN_W),
    Action.BRAKE: (pygame.KSCAN_DOWN, pygame.KSCAN_S),
    Action.LEFT: (pygame.KSCAN_LEFT, pygame.KSCAN_A),
    Action.RIGHT: (pygame.KSCAN_RIGHT, pygame.KSCAN_D),
    Action.HANDBRAKE: (pygame.KSCAN_SPACE,),
    Action.NITRO: (pygame.KSCAN_LSHIFT, pygame.KSCAN_RSHIFT, pygame.KSCAN_N),
    Action.RESPAWN: (pygame.KSCAN_R,),
    Action.ENGINE: (pygame.KSCAN_E,),
    Action.LOOK: (pygame.KSCAN_TAB,),
    Action.RESTART: (pygame.KSCAN_BACKSPACE,),
    Action.CHAT: (pygame.KSCAN_T,),
    Action.MUTE: (pygame.KSCAN_M,),
    Action.TRUTH: (pygame.KSCAN_F3,),
}
BUTTONS: dict[Action, int] = {
    Action.HANDBRAKE: pygame.CONTROLLER_BUTTON_A,
    Action.NITRO: pygame.CONTROLLER_BUTTON_RIGHTSHOULDER,
    Action.RESPAWN: pygame.CONTROLLER_BUTTON_Y,
    Action.ENGINE: pygame.CONTROLLER_BUTTON_X,
    Action.LOOK: pygame.CONTROLLER_BUTTON_LEFTSHOULDER,
    Action.RESTART: pygame.CONTROLLER_BUTTON_DPAD_UP,
    Action.CHAT: pygame.CONTROLLER_BUTTON_BACK,
}
"""Pedals are the triggers and the wheel is the left stick, always."""
FIXED_KEYS = {
    pygame.KSCAN_ESCAPE: "the menu",
    pygame.KSCAN_RETURN: "the chat and every button",
    pygame.KSCAN_KP_ENTER: "the chat and every button",
    pygame.KSCAN_F9: "the servers",
    pygame.KSCAN_F11: "filling the screen",
}
"""Keys that cannot be bound, and what they are for."""
FIXED_BUTTONS = {
    pygame.CONTROLLER_BUTTON_START: "the menu",
    pygame.CONTROLLER_BUTTON_GUIDE: "the gamepad itself",
    pygame.CONTROLLER_BUTTON_RIGHTSTICK: "the servers",
}
BUTTON_NAMES = {
    pygame.CONTROLLER_BUTTON_A: "A",
    pygame.CONTROLLER_BUTTON_B: "B",
    pygame.CONTROLLER_BUTTON_X: "X",
    pygame.CONTROLLER_BUTTON_Y: "Y",
    pygame.CONTROLLER_BUTTON_BACK: "Back",
    pygame.CONTROLLER_BUTTON_GUIDE: "Guide",
    pygame.CONTROLLER_BUTTON_START: "Start",
    pygame.CONTROLLER_BUTTON_LEFTSTICK: "Left stick",
    pygame.CONTROLLER_BUTTON_RIGHTSTICK: "Right stick",
    pygame.CONTROLLER_BUTTON_LEFTSHOULDER: "LB",
    pygame.CONTROLLER_BUTTON_RIGHTSHOULDER: "RB",
    pygame.CONTROLLER_BUTTON_DPAD_UP: "Cross up",
    pygame.CONTROLLER_BUTTON_DPAD_DOWN: "Cross down",
    pygame.CONTROLLER_BUTTON_DPAD_LEFT: "Cross left",
    pygame.CONTROLLER_BUTTON_DPAD_RIGHT: "Cross right",
}
AXIS_NAMES = {
    Action.THROTTLE: "right trigger",
    Action.BRAKE: "left trigger",
    Action.LEFT: "left stick",
    Action.RIGHT: "left stick",
}

_US_NAMES = {
    getattr(pygame, name): name.removeprefix("KSCAN_").replace("_", " ").capitalize()
    for name in dir(pygame)
    if name.startswith("KSCAN_")
} | {
    pygame.KSCAN_LSHIFT: "L shift",
    pygame.KSCAN_RSHIFT: "R shift",
    pygame.KSCAN_LCTRL: "L ctrl",
    pygame.KSCAN_RCTRL: "R ctrl",
    pygame.KSCAN_LALT: "L alt",
    pygame.KSCAN_RALT: "R alt",
}
_names: dict[int, str] = {}


def learn(event: pygame.event.Event) -> None:
    """Remember what this keyboard calls the key at a place, once it is pressed."""
    if event.type == pygame.KEYDOWN and event.scancode and event.key:
        name = pygame.key.name(event.key)
        # The two keys of a pair are told apart, in few letters.
        name = name.replace("left ", "l ").replace("right ", "r ")
        if name:
            _names[event.scancode] = name.capitalize()


def key_name(scancode: int) -> str:
    """Return what this keyboard calls the key at a place, as far as it is known."""
    return _names.get(scancode) or _US_NAMES.get(scancode) or f"Key {scancode}"


def button_name(button: int) -> str:
    """Return what a button of a gamepad is called."""
    return BUTTON_NAMES.get(button, f"Button {button + 1}")


class Bindings:
    """The keys and buttons of one player, kept in the preferences."""

    def __init__(self, preferences: Preferences) -> None:
        self._have = preferences

    def keys_of(self, action: Action) -> tuple[int, ...]:
        """Return the places of an action's keys."""
        bound = self._have.keys.get(action)
        return tuple(bound) if bound is not None else KEYS[action]

    def button_of(self, action: Action) -> int:
        """Return an action's button, `BUTTON_NONE` for none."""
        return self._have.buttons.get(action, BUTTONS.get(action, BUTTON_NONE))

    def key_action(self, scancode: int) -> Action | None:
        """Return what the key at a place is bound to."""
        return next((one for one in Action if scancode in self.keys_of(one)), None)

    def button_action(self, button: int) -> Action | None:
        """Return what a button is bound to."""
        return next((one for one in Action if self.button_of(one) == button), None)

    def asked(self, event: pygame.event.Event) -> Action | None:
        """Return what a press asks for; a push of the stick is no button."""
        if event.type == pygame.KEYDOWN:
            return self.key_action(event.scancode)
        if event.type == pygame.CONTROLLERBUTTONDOWN and not getattr(event, "stick", False):
            return self.button_action(event.button)
        return None

    def bind_key(self, action: Action, scancode: int) -> str:
        """Bind one key to an action, and take it from whatever had it.

        Who loses its last key gets what the action had before: the two swap.

        Returns:
            One sentence about what happened, or why nothing did.
        """
        name = key_name(scancode)
        if scancode in FIXED_KEYS:
            return f"{name} is kept for {FIXED_KEYS[scancode]}: press another key."
        before = self.keys_of(action)
        other = self.key_action(scancode)
        self._have.keys[action] = [scancode]
        if other is None or other is action:
            return f"{TITLES[action]}: {name}."
        left = [one for one in self.keys_of(other) if one != scancode]
        if left:
            self._have.keys[other] = left
            return f"{TITLES[action]}: {name}, which {TITLES[other]} has no longer."
        self._have.keys[other] = list(before)
        given = " or ".join(key_name(one) for one in before) or "no key"
        return f"{TITLES[action]}: {name}. {TITLES[other]} took over {given}."

    def bind_button(self, action: Action, button: int) -> str:
        """Bind a button to an action; who had it gets the action's former one.

        Returns:
            One sentence about what happened, or why nothing did.
        """
        name = button_name(button)
        if button in FIXED_BUTTONS:
            return f"{name} is kept for {FIXED_BUTTONS[button]}: press another button."
        before = self.button_of(action)
        other = self.button_action(button)
        self._have.buttons[action] = button
        if other is None or other is action:
            return f"{TITLES[action]}: {name}."
        self._have.buttons[other] = before
        given = button_name(before) if before != BUTTON_NONE else "no button"
        return f"{TITLES[action]}: {name}. {TITLES[other]} took over {given}."

    def reset(self) -> None:
        """Bind everything as it ships."""
        self._have.keys.clear()
        self._have.buttons.clear()

    def key_words(self, action: Action) -> str:
        """Return the names of an action's keys, for players."""
        return " / ".join(key_name(one) for one in self.keys_of(action)) or "-"

    def button_words(self, action: Action) -> str:
        """Return the names of an action's axis and button, for players."""
        button = self.button_of(action)
        words = [AXIS_NAMES[action]] if action in AXIS_NAMES else []
        words += [button_name(button)] if button != BUTTON_NONE else []
        return " / ".join(words) or "-"
