"""TensorBoard's messages, as far as tbconvert writes them: generated from the ``.proto`` files here."""
