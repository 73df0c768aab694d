"""The rules, pure: values in, values out; time, randomness and keys are arguments."""
