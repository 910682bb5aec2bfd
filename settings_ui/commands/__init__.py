"""The operator's commands, by topic. `settings_ui.__main__` combines them into one command line."""
