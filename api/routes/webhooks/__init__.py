"""Webhooks from the payment processor: verified, stored, answered; what they mean is a job's business."""
