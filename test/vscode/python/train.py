"""Trains a ReLU network of two layers, and holds the gradient of every example on the way."""

import numpy as np

data = np.random.default_rng(0)
inputs = data.normal(size=(64, 10))
labels = (inputs @ data.normal(size=(10, 3))).argmax(axis=1)


def train(steps, learning_rate=0.5):
    rng = np.random.default_rng(1)
    w1, w2 = rng.normal(size=(10, 8)) / 3, rng.normal(size=(8, 3)) / 3
    for step in range(steps):
        hidden = np.maximum(inputs @ w1, 0)
        scores = np.exp(hidden @ w2)
        error = scores / scores.sum(axis=1, keepdims=True) - np.eye(3)[labels]
        grads = {
            "w1": inputs[:, :, None] * (error @ w2.T * (hidden > 0))[:, None, :],
            "w2": hidden[:, :, None] * error[:, None, :],
        }
        w1 -= learning_rate * grads["w1"].mean(axis=0)
        w2 -= learning_rate * grads["w2"].mean(axis=0)
    return grads


if __name__ == "__main__":
    train(50)
