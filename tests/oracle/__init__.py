"""An independent, slow and literal computation of the contract, which judges the product.

Nothing in here imports the product: both read the same written rules, so a rule that one
of them misread shows up as a difference between the two.
"""
