"""What ingot's speed is compared with: every figure stands beside a peer's, measured in the same run."""
