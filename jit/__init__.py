"""The method JIT: instructions and their feedback become SSA, SSA becomes LLVM, LLVM becomes native code."""
