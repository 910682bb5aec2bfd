"""The pages; each is composed of components and shows one state."""
