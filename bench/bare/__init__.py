"""A Reflex app with nothing but Reflex and Tailwind, built and measured beside ours."""
