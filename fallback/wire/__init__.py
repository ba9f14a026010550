"""What adapters share to reach the world: bounded HTTP, durable files, secrets."""
