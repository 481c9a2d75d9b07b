"""What the use cases need from the world, named for the role it plays."""
