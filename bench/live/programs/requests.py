# A thread for each request, which ends with the request: five to twenty at a time.
import random
import threading
import time

while True:
    threading.Thread(target=time.sleep, args=(random.uniform(0.5, 2),), daemon=True).start()
    time.sleep(0.1)
