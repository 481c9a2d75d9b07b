"""The ways out: SQS queues and the EventBridge bus."""
