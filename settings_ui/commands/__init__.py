"""The operator's commands, by what they are for. `settings_ui.__main__` makes one command line of them."""
