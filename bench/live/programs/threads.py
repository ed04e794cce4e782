# A thread for each request, which waits for an answer that never comes. MOST = size of the pool; without it no bound.
import sys
import threading
import time

most = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else None
never = threading.Event()
while True:
    if most is None or threading.active_count() <= most:
        threading.Thread(target=never.wait, daemon=True).start()
    time.sleep(0.4)
