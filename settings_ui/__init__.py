"""The settings area of a call-tracking and pay-per-call business."""
