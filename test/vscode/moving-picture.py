"""
The moving picture of the README, out of the pictures that run-programs.mjs leaves in test/screenshots: a program stops, a
right-click on its gradients, and the report follows. Needs Pillow. At most 300 kB, and not a part of the package.
"""

import os
import sys

from PIL import Image

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
TARGET = os.path.join(ROOT, "test/vscode/running-program.gif")
WIDTH, COLORS = 980, 160
#: Pictures, and for how many milliseconds each is shown.
FRAMES = {"stopped": 1500, "menu": 1500, "report": 2500, "step": 1500, "stop-2": 1500, "stop-3": 1500, "stop-4": 2500}


def main():
    pictures = []
    for name in FRAMES:
        picture = Image.open(os.path.join(ROOT, "test/screenshots", f"program-{name}.png")).convert("RGB")
        pictures.append(picture.resize((WIDTH, round(WIDTH * picture.height / picture.width)), Image.LANCZOS))
    # one palette for all of them, so that what stays is the same in every frame
    together = Image.new("RGB", (WIDTH, sum(picture.height for picture in pictures)))
    for k, picture in enumerate(pictures):
        together.paste(picture, (0, k * picture.height))
    palette = together.quantize(COLORS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    first, *others = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    first.save(TARGET, save_all=True, append_images=others, duration=list(FRAMES.values()), loop=0, optimize=True)
    size = os.path.getsize(TARGET)
    print(f"{os.path.relpath(TARGET)}: {size:,} bytes, {len(FRAMES)} frames")
    if size > 300_000:
        sys.exit("too large")


if __name__ == "__main__":
    main()
