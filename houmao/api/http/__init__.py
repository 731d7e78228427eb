"""What is true of every route: answers, validation, errors, guard, logs, the API's description."""
