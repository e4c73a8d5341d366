"""What every test shares: how hypothesis searches."""

from hypothesis import settings

# No deadline: a busy machine is not a wrong answer. The blob repeats a failure that was found elsewhere.
settings.register_profile("course", deadline=None, print_blob=True)
settings.load_profile("course")
