"""What one writes first: the whole array in memory. Prints ‖ḡ‖, tr Σ, λ₁."""
import sys
import numpy as np

g = np.load(sys.argv[1])
n = g.shape[0]
mean = g.mean(0)
x = g - mean
trace = (x**2).sum() / n
eigenvalues = np.linalg.eigvalsh(x @ x.T / n)
print(np.linalg.norm(mean), trace, eigenvalues[-1])
