# For whoever is on call: `. tools/oncall.sh prod` gives a shell the commands that docs/runbook.md
# uses. They want the AWS command line, version 2, and credentials for the stage's account.

export STAGE="${1:-prod}"
: "${AWS_REGION:=eu-west-1}"
export AWS_REGION

# An output of a stack: `output ApiUrl`, `output LakeBucket lake`.
output() {
  aws cloudformation describe-stacks --stack-name "countinghouse-$STAGE-${2:-service}" \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}

# The real name of something of ours: `real QueueUrls Orders`, `real StateMachineArns payout`.
real() {
  output "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2"
}

# What a function logged in the last hour, with these words or this filter pattern:
# `logs payments`, `logs posting "message failed"`, `logs payments '{ $.status >= 500 }'`.
logs() {
  aws logs tail "/aws/lambda/countinghouse-$STAGE-$(echo "$1" | tr _ -)" --since 1h \
    --format short --filter-pattern "${2:-}"
}

# Run a scheduled function now: `run repair`.
run() {
  aws lambda invoke --function-name "countinghouse-$STAGE-$(echo "$1" | tr _ -)" \
    --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout
}

# Look at the messages of a queue without taking them: `letters RelayPoison`.
letters() {
  aws sqs receive-message --queue-url "$(real QueueUrls "$1")" --max-number-of-messages 10 \
    --visibility-timeout 30 --query "Messages[].[ReceiptHandle, Body]"
}

# Delete a message by the receipt handle that `letters` showed: `drop RelayPoison AQEB...`.
drop() {
  aws sqs delete-message --queue-url "$(real QueueUrls "$1")" --receipt-handle "$2"
}

# A workflow's newest failures: `failed payout`; timed out ones: `failed payout TIMED_OUT`.
failed() {
  aws stepfunctions list-executions --state-machine-arn "$(real StateMachineArns "$1")" \
    --status-filter "${2:-FAILED}" --max-results 5 --query "executions[].executionArn"
}

# Why an execution failed, newest step first: `why arn:aws:states:...`.
why() {
  aws stepfunctions get-execution-history --execution-arn "$1" --reverse-order --max-results 5
}

# Start a workflow: `start payout_run '{"period": "2026-11"}'`.
start() {
  aws stepfunctions start-execution --state-machine-arn "$(real StateMachineArns "$1")" --input "$2"
}

# Ask the API as a role you have: `ask /v1/psps`, `ask /v1/billing/closes -d '{"month": "2026-11"}'`.
ask() {
  where="$1"
  shift
  curl -sS --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" \
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
    -H "x-amz-security-token: $AWS_SESSION_TOKEN" -H "content-type: application/json" \
    "$(output ApiUrl)$where" "$@"
}
