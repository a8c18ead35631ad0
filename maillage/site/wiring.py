"""Who hears which event. The only place where contexts that do not know each other meet."""


def wire() -> None:
    """Subscribe every handler. Called once when the application starts."""
