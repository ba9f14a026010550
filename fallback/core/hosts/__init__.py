"""What a host may do with a page, and what its visitors should be answered."""
