"""The first steps of a new business, as the pages show them."""

from settings_ui.services.business.first_run import Steps
from settings_ui.state.views.dashboard import StepView

STEPS = (
    ("Add a tracking number", "It shows which source each caller comes from.", "Add a number", "/numbers"),
    (
        "Create an API key",
        "Your platform uses it to screen and record calls.",
        "Create a key",
        "/settings?tab=api-keys",
    ),
    (
        "Record the first call",
        "Your platform sends it, or you import past calls from a file.",
        "See how",
        "/api/v1/docs",
    ),
    ("Invite your team", "Each person’s role sets what they can see and do.", "Invite a member", "/business"),
)
"""What to do, why, the button's label, and where."""


def first_steps(steps: Steps) -> list[StepView]:
    """Return the first steps in order; the first one not done is next."""
    done = [steps.number, steps.key, steps.call, steps.team]
    first = done.index(False)
    return [StepView(*words, did, at == first) for at, (words, did) in enumerate(zip(STEPS, done, strict=True))]
