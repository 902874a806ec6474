"""A training script that has no gradients to show yet: an epoch for each line that comes in."""

import sys

import torch
from torch import nn

torch.manual_seed(0)
xs = torch.randn(512, 20)
ys = (xs @ torch.randn(20, 5) + torch.randn(512, 5)).argmax(dim=1)
model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 5))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

step = 0
for epoch in sys.stdin:
    for batch in torch.randperm(len(xs)).split(32):
        optimizer.zero_grad()
        loss_fn(model(xs[batch]), ys[batch]).backward()
        optimizer.step()
        step += 1
