# A pre-forking server: the parent replaces each child that has exited and never waits for it.
import os
import time

while True:
    if os.fork() == 0:
        os._exit(0)
    time.sleep(0.4)
