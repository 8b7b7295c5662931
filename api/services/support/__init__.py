"""Cases of customers: opened, worked on, solved, closed. What drivers dispute, and what they ask operators for."""
