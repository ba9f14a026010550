"""Amazon's control planes: Route 53, CloudFront, certificates."""
