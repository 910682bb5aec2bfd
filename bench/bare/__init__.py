"""A Reflex app with only Reflex and Tailwind, built and measured for comparison."""
