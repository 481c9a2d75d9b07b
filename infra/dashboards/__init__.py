"""The CloudWatch dashboards as data: plain Python without CDK, for stacks and docs alike."""
