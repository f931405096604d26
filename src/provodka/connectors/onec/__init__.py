"""1C:Enterprise: one package per protocol it speaks."""
