"""One charge from quote to receipt: every use case here ends in facts given to the lifecycle machine."""
