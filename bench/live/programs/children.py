# A pre-forking server whose parent replaces each child that has served, and never asks what became of it.
import os
import time

while True:
    if os.fork() == 0:
        os._exit(0)
    time.sleep(0.4)
