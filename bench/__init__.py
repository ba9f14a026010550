"""Figures, measured as whole processes beside what a user would pick instead.

``make bench`` runs everything and writes ``bench/RESULTS.md``. No threshold is enforced
anywhere: numbers come from shared machines, so read the ratios.
"""
