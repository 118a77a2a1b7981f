"""How kernels are compiled: the two decorators that the whole package uses.

``error_model="numpy"`` keeps a division from being able to raise. A method that can raise hides its reference
counting from Numba's pruning, and an atomic count at every call doubles the time of a bar.
"""

from numba import njit

#: A function of its own, for the rare path and for scalar arithmetic.
kernel = njit(error_model="numpy")

#: Inlined in Numba's own representation, for the path that every bar takes. Such a function takes arrays without
#: counting references to them, so it must not branch around an array or a jitclass.
inlined = njit(error_model="numpy", inline="always")
