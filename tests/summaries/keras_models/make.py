"""Writes the models of this folder: ``python make.py VERSION``, VERSION 2 or 3 that of Keras.

A functional model of what is easily drawn wrong: a sequential model in it, whose output goes
into a functional one of two inputs, a layer used twice, a number as an argument.
"""

import json
import sys
from pathlib import Path

import keras
from keras import layers


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4, activation="relu", name="hidden"),
            layers.Dense(2, dtype="mixed_float16", name="out"),
        ],
        name="digits",
    )


def functional() -> keras.Model:
    one, two = keras.Input((4,), name="one"), keras.Input((4,), name="two")
    encoder = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="narrow")], name="encoder")
    left, right = keras.Input((3,), name="left"), keras.Input((4,), name="right")
    joined = layers.Concatenate(name="join")([left, right])
    decoder = keras.Model([left, right], layers.Dense(4, name="wide")(joined), name="decoder")
    shared = layers.Dense(4, name="shared")
    decoded = decoder([encoder(shared(one)), shared(two)])
    return keras.Model([one, two], layers.Dense(1, name="head")(decoded) + 1.0, name="both")


if __name__ == "__main__":
    for make in (sequential, functional):
        model = json.dumps(json.loads(make().to_json()), indent=1)
        Path(__file__).with_name(f"{make.__name__}_{sys.argv[1]}.json").write_text(model + "\n")
