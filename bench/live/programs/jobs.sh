# Starts batches of five jobs, one after the other, and waits for all of them.
while :; do
  for seconds in 0.2 0.4 0.6 0.8 1; do
    sleep "$seconds" &
  done
  wait
  sleep 1
done
